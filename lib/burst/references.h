#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

/// The objects that a pod refers to by name. They are copied to where its twin runs, under names of our own.
/// Nothing else is copied, and values are never written into the twin itself. Pure; any thread.
namespace burst {

enum class ReferenceKind { kConfigMap, kSecret };
std::string_view to_string(ReferenceKind kind);  // "ConfigMap", "Secret"

/// One ConfigMap or Secret with all parts that a pod needs of it.
struct Reference {
  ReferenceKind kind = ReferenceKind::kConfigMap;
  std::string name;
  /// The keys that the pod refers to: only these are copied. Empty: all of them.
  std::set<std::string> keys = {};
  /// The `keys` without which a kubelet would not start the pod.
  std::set<std::string> required_keys = {};
  /// The pod starts without the object too. (A kubelet only warns about a missing pull secret.)
  bool optional = true;
  /// Used to pull images: the copy needs the type of its source.
  bool pull_secret = false;
  /// Where it is needed first, for messages: a volume and a container, "" where none.
  std::string volume = {};
  std::string container = {};

  bool operator==(const Reference&) const = default;
};

/// The objects that the containers, init containers, volumes and imagePullSecrets of `pod` (a whole Pod
/// document) refer to, each once, sorted by kind and name. The volume that the API server adds for the
/// service account's token is left out. Invalid when the document has an unexpected shape.
base::Result<std::vector<Reference>> references_of(const nlohmann::json& pod);

/// The same for one ephemeral container: it comes later, so it has copies of its own and leaves those of the
/// pod as they are.
base::Result<std::vector<Reference>> references_of_ephemeral(const nlohmann::json& container);

/// The name of the copy at a provider: the same for the same keys of the same object, so that pods share it.
/// A DNS label that begins with a readable cut of the object's name.
std::string copy_name(std::string_view installation, std::string_view home_namespace,
                      const Reference& reference);

}  // namespace burst
