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

/// One copy, as the root lists it: enough to make it again from its source.
struct Copy {
  CopyKind kind = CopyKind::kConfigMap;
  std::string name;                 ///< at the provider
  std::string source;               ///< its name at home
  std::set<std::string> keys = {};  ///< only these are copied; empty: all

  bool operator==(const Copy&) const = default;
};

/// Whose copies they are, and where.
struct CopyPlace {
  std::string installation;
  std::string home_namespace;
  std::string remote_namespace;
};

/// The copies that `references` need, by the names that make_twin writes into the twin.
std::vector<Copy> copies_of(const CopyPlace& place, const std::vector<Reference>& references);
/// The Service that goes along with `pod` (a whole Pod document) when there is a headless one of that name:
/// its own `subdomain`. It keeps its name: that is what other pods resolve.
std::optional<Copy> service_of(const nlohmann::json& pod);

/// Whether a Service (a whole document) is headless, so that its name resolves to pods; false for null.
bool is_headless(const nlohmann::json& service);

/// The root without any copy in it.
nlohmann::json make_root(const CopyPlace& place);
/// The root's entry for `copy`: a key and a value of its `data`.
std::pair<std::string, std::string> root_entry(const Copy& copy);
/// The key alone.
std::string root_key(const Copy& copy);
/// What the `data` of a root lists. Entries that are not readable are left out: the copies behind them go
/// with the root.
std::vector<Copy> listed_copies(const nlohmann::json& root);

/// The copy as it should be, from its source (a whole document). `root_uid` owns it. Nothing of the source
/// but the keys, a Service's ports and what its DNS needs is in it. A Secret keeps its type only where
/// kubelets ask for it, to pull images: other types demand keys that may not be copied. nullopt for a Service
/// that is not headless: it is no name of a pod.
std::optional<nlohmann::json> copy_object(const CopyPlace& place, const std::string& root_uid,
                                          const Copy& copy, const nlohmann::json& source);

/// Why a pod cannot start for want of something at home, as a kubelet would say it.
struct Missing {
  std::string event_reason;  ///< "FailedMount" or "Failed"
  std::string event_message;
  std::string message;  ///< for the pod's record
};
/// What of `reference` is not there and must be; `source` is null when there is no such object.
std::optional<Missing> missing_part(const Reference& reference, std::string_view home_namespace,
                                    const nlohmann::json* source);

/// Why a Secret of this type must not go to a provider with `policy`, "" when it may.
std::string type_refusal(const PodPolicy& policy, std::string_view name, std::string_view type);

}  // namespace burst
