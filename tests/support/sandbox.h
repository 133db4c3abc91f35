#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kube/client/client.h"

namespace testing_support {

/// A running sandbox (hack/sandbox up): where its things are, and administrators of its clusters.
class Sandbox {
 public:
  /// The one named by $NEOBURST_SANDBOX_DIR, else by $NEOBURST_SANDBOX. Throws std::runtime_error with the
  /// fix when none runs there. Lives for the whole process.
  static Sandbox& get();

  const std::string& folder() const { return folder_; }
  std::uint16_t extender_port() const { return extender_port_; }
  std::string kubectl() const { return folder_ + "/bin/kubectl"; }
  /// True when the API servers keep audit logs.
  bool audited() const;
  std::string audit_log(const std::string& cluster) const { return folder_ + "/" + cluster + "/audit.log"; }

  /// "neocloud-eu", "neocloud-us": those that every test has NeocloudProviders for.
  static const std::vector<std::string>& providers();
  /// These and "neocloud-es", which has no nodes but those of a test.
  static const std::vector<std::string>& provider_clusters();
  /// "home" and all providers' clusters.
  static std::vector<std::string> clusters();
  kube::Client& admin(const std::string& cluster);
  kube::Client& home() { return admin("home"); }
  std::string admin_kubeconfig(const std::string& cluster) const;
  /// What a provider would hand to its customer.
  std::string customer_kubeconfig(const std::string& provider) const {
    return folder_ + "/" + provider + ".kubeconfig";
  }

 private:
  explicit Sandbox(std::string folder);
  std::string folder_;
  std::uint16_t extender_port_ = 0;
  std::map<std::string, std::unique_ptr<kube::Client>> admins_;
};

/// All objects of a kind as documents. Throws std::runtime_error when the API server fails.
std::vector<nlohmann::json> list_all(kube::Client& client, const kube::Resource& resource,
                                     const std::string& ns = {}, const std::string& label_selector = {});
/// The object, or null when there is none.
nlohmann::json find_object(kube::Client& client, const kube::Resource& resource, const std::string& ns,
                           const std::string& name);
/// Creates it; throws std::runtime_error with the API server's answer when that fails.
nlohmann::json must_create(kube::Client& client, const kube::Resource& resource,
                           const nlohmann::json& object);
/// Creates it or brings `spec`, `data` and the like of the one that is there to the same.
void ensure_object(kube::Client& client, const kube::Resource& resource, const nlohmann::json& object);
void must_delete(kube::Client& client, const kube::Resource& resource, const std::string& ns,
                 const std::string& name, const kube::DeleteOptions& options = {});

inline constexpr kube::Resource kJobs{"batch", "v1", "jobs", "Job", true};
inline constexpr kube::Resource kDeployments{"apps", "v1", "deployments", "Deployment", true};
inline constexpr kube::Resource kStatefulSets{"apps", "v1", "statefulsets", "StatefulSet", true};
inline constexpr kube::Resource kCronJobs{"batch", "v1", "cronjobs", "CronJob", true};
inline constexpr kube::Resource kDaemonSets{"apps", "v1", "daemonsets", "DaemonSet", true};
inline constexpr kube::Resource kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount", true};
inline constexpr kube::Resource kResourceQuotas{"", "v1", "resourcequotas", "ResourceQuota", true};
inline constexpr kube::Resource kRuntimeClasses{"node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", false};
inline constexpr kube::Resource kAdmissionPolicies{
    "admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "ValidatingAdmissionPolicy", false};
inline constexpr kube::Resource kAdmissionBindings{"admissionregistration.k8s.io", "v1",
                                                   "validatingadmissionpolicybindings",
                                                   "ValidatingAdmissionPolicyBinding", false};

}  // namespace testing_support
