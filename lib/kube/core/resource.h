#pragma once

#include <string>
#include <string_view>

namespace kube {

/// A kind of object as its URL names it. A value with static storage: declare one per kind as a constant.
struct Resource {
  std::string_view group;    ///< "" for the core group
  std::string_view version;  ///< "v1"
  std::string_view plural;   ///< "pods"
  std::string_view kind;     ///< "Pod"
  bool namespaced = true;

  /// "v1" or "group/version".
  std::string api_version() const;
  /// "/api/v1/namespaces/NS/pods/NAME/SUBRESOURCE"; leave out what is empty. All parts are percent-encoded.
  std::string path(std::string_view ns = {}, std::string_view name = {},
                   std::string_view subresource = {}) const;
};

inline constexpr Resource kPods{"", "v1", "pods", "Pod", true};
inline constexpr Resource kNodes{"", "v1", "nodes", "Node", false};
inline constexpr Resource kConfigMaps{"", "v1", "configmaps", "ConfigMap", true};
inline constexpr Resource kSecrets{"", "v1", "secrets", "Secret", true};
inline constexpr Resource kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr Resource kServices{"", "v1", "services", "Service", true};
inline constexpr Resource kLeases{"coordination.k8s.io", "v1", "leases", "Lease", true};
/// Events as most kubelets and schedulers write them, and the same as the newer group sees them.
inline constexpr Resource kCoreEvents{"", "v1", "events", "Event", true};
inline constexpr Resource kEvents{"events.k8s.io", "v1", "events", "Event", true};
inline constexpr Resource kSelfSubjectAccessReviews{"authorization.k8s.io", "v1", "selfsubjectaccessreviews",
                                                    "SelfSubjectAccessReview", false};
inline constexpr Resource kSubjectAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews",
                                                "SubjectAccessReview", false};
inline constexpr Resource kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
inline constexpr Resource kSigningRequests{"certificates.k8s.io", "v1", "certificatesigningrequests",
                                           "CertificateSigningRequest", false};

}  // namespace kube
