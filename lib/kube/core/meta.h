#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"

namespace kube {

/// Namespace and name: how the API addresses an object. Never an identity: that is the UID.
struct ObjectKey {
  std::string ns;
  std::string name;
  auto operator<=>(const ObjectKey&) const = default;
  /// "ns/name", or "name" for a cluster-scoped object.
  std::string text() const;
};

/// Sorted small map of strings (labels, annotations, selectors).
using StringMap = std::vector<std::pair<std::string, std::string>>;
/// The value of `key`, or nullptr.
const std::string* find_value(const StringMap& map, std::string_view key);
/// The same as text, "" where there is none.
std::string value_or_empty(const StringMap& map, std::string_view key);

struct OwnerReference {
  std::string kind;
  std::string name;
  std::string uid;
  bool controller = false;
};

/// The part of metadata that slim records keep. Every record type has a member `meta` of this type.
struct ObjectMeta {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;
  StringMap labels;
  StringMap annotations;
  std::vector<OwnerReference> owners;
  bool has_finalizers = false;
  std::optional<base::Time> created;
  std::optional<base::Time> deleting_since;  ///< metadata.deletionTimestamp
  std::optional<std::int64_t> deletion_grace_seconds;
  std::int64_t generation = 0;

  ObjectKey key() const { return {ns, name}; }
};

}  // namespace kube

template <>
struct std::hash<kube::ObjectKey> {
  std::size_t operator()(const kube::ObjectKey& k) const noexcept {
    return std::hash<std::string>{}(k.ns) * 1000003u ^ std::hash<std::string>{}(k.name);
  }
};
