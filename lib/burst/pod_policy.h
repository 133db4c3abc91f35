#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace burst {

/// What a twin may share with the machine it runs on; none of it unless the provider's policy allows it.
enum class HostAccess {
  kHostNetwork,  ///< hostNetwork, and ports with a hostPort
  kHostPath,     ///< hostPath volumes
  kHostPid,
  kHostIpc,
  kPrivileged,  ///< privileged containers, hostProcess on Windows
};
std::string_view to_string(
    HostAccess access);  // "HostNetwork", "HostPath", "HostPID", "HostIPC", "Privileged"
std::optional<HostAccess> parse_host_access(std::string_view text);

/// Types of Secrets that go along unless a policy says otherwise.
inline const std::set<std::string> kDefaultSecretTypes = {
    "Opaque",
    "kubernetes.io/dockerconfigjson",
    "kubernetes.io/dockercfg",
    "kubernetes.io/tls",
    "kubernetes.io/basic-auth",
    "kubernetes.io/ssh-auth",
};
/// Never copied, whatever a policy says.
inline constexpr std::string_view kTokenSecretType = "kubernetes.io/service-account-token";
inline constexpr std::string_view kBootstrapTokenType = "bootstrap.kubernetes.io/token";
inline bool is_token_type(std::string_view type) {
  return type == kTokenSecretType || type == kBootstrapTokenType;
}

/// What pods may bring to a provider and how its names differ from home's (NeocloudProvider spec.policy). A
/// value: compare to see whether it changed. make_twin applies all of it except `secret_types`, which only
/// the reader of the Secrets can apply.
struct PodPolicy {
  /// Whether Secrets are copied at all, image pull secrets included.
  bool allow_secrets = true;
  std::set<std::string> secret_types = kDefaultSecretTypes;
  std::set<HostAccess> allow = {};
  /// RuntimeClass at home -> at the provider, "" where it needs none there. A pod with any other is refused.
  std::map<std::string, std::string> runtime_classes = {};
  /// The PriorityClass of every twin, "" for the provider's default.
  std::string priority_class = {};
  /// StorageClass at home -> at the provider, for `ephemeral` volumes; "" stands for a template that names
  /// none.
  std::map<std::string, std::string> storage_classes = {};
  /// "namespace/name" of a PersistentVolumeClaim at home -> a claim in the twin's namespace.
  std::map<std::string, std::string> volume_claims = {};
  /// CSI drivers that inline volumes may use.
  std::set<std::string> csi_drivers = {};

  bool operator==(const PodPolicy&) const = default;
};

}  // namespace burst
