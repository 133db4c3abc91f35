#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "burst/pod_policy.h"
#include "burst/references.h"

/// What pods refer to, as objects at a provider: copies of the keys that are referred to, owned and listed by
/// one ConfigMap, the root, for each home namespace. Pure; any thread.
namespace burst {

enum class CopyKind { kConfigMap, kSecret, kService };
std::string_view to_string(CopyKind kind);  // "ConfigMap", "Secret", "Service"

/// One copy, as the root lists it: enough to create it again from its source.
struct Copy {
  CopyKind kind = CopyKind::kConfigMap;
  std::string name;                 ///< at the provider
  std::string source;               ///< its name at home
  std::set<std::string> keys = {};  ///< only these are copied; empty: all

  bool operator==(const Copy&) const = default;
};

/// The owner of the copies, and where they are.
struct CopyPlace {
  std::string installation;
  std::string home_namespace;
  std::string remote_namespace;
};

/// The copies that `references` need, by the names that make_twin writes into the twin.
std::vector<Copy> copies_of(const CopyPlace& place, const std::vector<Reference>& references);
/// The Service that goes along with `pod` (a whole Pod document) when there is a headless one of that name:
/// its own `subdomain`. It keeps its name, because other pods resolve it.
std::optional<Copy> service_of(const nlohmann::json& pod);

/// Whether a Service (a whole document) is headless, so that its name resolves to pods; false for null.
bool is_headless(const nlohmann::json& service);

/// The root without any copy in it.
nlohmann::json make_root(const CopyPlace& place);
/// The root's entry for `copy`: a key and a value of its `data`.
std::pair<std::string, std::string> root_entry(const Copy& copy);
/// The key alone.
std::string root_key(const Copy& copy);
/// The copies that the `data` of a root lists. Unreadable entries are left out: the copies behind them go
/// with the root.
std::vector<Copy> listed_copies(const nlohmann::json& root);

/// The copy as it should be, from its source (a whole document). `root_uid` owns it. It contains only
/// the keys, a Service's ports and what its DNS needs. A Secret keeps its type only where
/// kubelets ask for it, to pull images: other types demand keys that may not be copied. nullopt for a Service
/// that is not headless: no pod has its name.
std::optional<nlohmann::json> copy_object(const CopyPlace& place, const std::string& root_uid,
                                          const Copy& copy, const nlohmann::json& source);

/// Why a pod cannot start because an object is missing at home, in a kubelet's words.
struct Missing {
  std::string event_reason;  ///< "FailedMount" or "Failed"
  std::string event_message;
  std::string message;  ///< for the pod's record
};
/// The required part of `reference` that is missing; `source` is null when there is no such object.
std::optional<Missing> missing_part(const Reference& reference, std::string_view home_namespace,
                                    const nlohmann::json* source);

/// Why a Secret of this type must not go to a provider with `policy`, "" when it may.
std::string type_refusal(const PodPolicy& policy, std::string_view name, std::string_view type);

}  // namespace burst
