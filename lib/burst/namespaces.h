#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace burst {

/// Kubernetes' limit for the name of a namespace.
inline constexpr std::size_t kLongestNamespace = 63;

/// Where a provider's twins live: all in one namespace, or, with a prefix, those of home namespace "team-a"
/// in "<prefix>team-a". An attempt records the answer. Code that touches its objects uses the record, not
/// this rule, which may have changed since.
struct NamespaceRule {
  std::string given;   ///< always there: the heartbeat's, and the twins' when `prefix` is ""
  std::string prefix;  ///< valid or "", see prefix_problem()

  bool mapped() const { return !prefix.empty(); }
  /// Invalid with a sentence for the pod's owner when the name would be too long.
  base::Result<std::string> of(std::string_view home_namespace) const;
  /// True when twins may be sent to `remote_namespace` under this rule, so that it is watched.
  bool covers(std::string_view remote_namespace) const { return mapped() || remote_namespace == given; }
  bool operator==(const NamespaceRule&) const = default;
};

/// What is wrong with a prefix, "" when nothing is. It must begin like a namespace, leave room for a name
/// after it, and not lead into namespaces of Kubernetes ("kube-", "openshift-").
std::string prefix_problem(std::string_view prefix);

}  // namespace burst
