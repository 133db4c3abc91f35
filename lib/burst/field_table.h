#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "burst/translation_problems.h"

/// What becomes of every field of a pod in its twin: an allow-list. docs/pod-translation.md explains it
/// field by field, and a test compares it with the Kubernetes API. A field that is not in it (of a later
/// Kubernetes) is refused, because dropping it would silently change what the pod means.
namespace burst {

enum class Fate {
  kCarried,  ///< as it is
  kChanged,  ///< by code of its own
  kPolicy,   ///< carried or changed where the provider's policy allows it, else refused for this provider
  kDropped,  ///< means something at home only
  kRefused,  ///< no twin can keep its meaning
};
std::string_view to_string(Fate fate);  // "carried", "changed", "policy", "dropped", "refused"

struct FieldRule {
  std::string_view name;
  Fate fate;
  std::string_view why = {};  ///< of a refusal, for the pod's owner
};

/// The fields of one type of the API, named as in k8s.io/api/core/v1.
struct TypeRules {
  std::string_view type;
  std::span<const FieldRule> fields;
};

std::span<const TypeRules> field_table();
/// The rules of `type`, which must be in the table.
const TypeRules& rules_of(std::string_view type);

/// The fields of `object` that are carried as they are. Fields that are refused or unknown, and not empty,
/// are added to `problems` with `where` before them ("container main: "). The caller handles the others.
nlohmann::json carried_fields(const nlohmann::json& object, const TypeRules& rules, const std::string& where,
                              TranslationProblems& problems);

}  // namespace burst
