#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "burst/home_fields.h"
#include "burst/references.h"
#include "burst/translate.h"
#include "burst/translation_problems.h"

/// The parts of make_twin, one file each. They throw json::exception on shapes that no API server stores;
/// make_twin catches. Internal to lib/burst.
namespace burst {

inline constexpr const char* kGoVolume = "neoburst-go";

/// One translation while it goes on.
struct Translation {
  Translation(const nlohmann::json& home_pod, const TwinContext& twin_context);

  const nlohmann::json& metadata;  ///< of the home pod
  const nlohmann::json& home;      ///< its spec
  const TwinContext& context;
  /// The home pod's spec without token volumes, and with references renamed to their copies.
  nlohmann::json spec;
  HomeFields fields;
  TranslationProblems problems;
  std::vector<std::string> copies;  ///< names of the copies that the twin uses

  bool allows(HostAccess access) const { return context.policy.allow.contains(access); }
  /// Refuses unless the policy allows `access`. `what` names the field.
  void need(HostAccess access, const std::string& what);
};

// translate_references.cc
/// Renames the references of `spec` (or of one ephemeral container), and refuses Secrets where the policy
/// does.
void rename_references(Translation& t);
void rename_references_of_ephemeral(nlohmann::json& container, Translation& t);

// translate_containers.cc
/// `type` is "Container" or "EphemeralContainer".
nlohmann::json twin_container(const nlohmann::json& container, std::string_view type, Translation& t);

// translate_volumes.cc
nlohmann::json twin_volumes(Translation& t);

// translate_security.cc
nlohmann::json twin_security_context(const nlohmann::json& context, std::string_view type,
                                     const std::string& where, Translation& t);

// translate_spec.cc
nlohmann::json twin_spec(Translation& t);
/// Whether the twin's deadline is ours and not the pod's own.
bool ends_by_our_limit(const Translation& t);

// translate_metadata.cc
nlohmann::json common_labels(const TwinContext& context, const char* role);
nlohmann::json common_annotations(const TwinContext& context);
nlohmann::json owned_by_anchor(const TwinContext& context);
/// After twin_spec, which decides on some annotations.
nlohmann::json twin_metadata(Translation& t);

}  // namespace burst
