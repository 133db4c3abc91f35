#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "kube/client/client.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// One thing that credentials may or may not do.
struct AccessCheck {
  std::string_view verb;
  std::string_view resource;
  bool where_twins_are = true;  ///< else in the whole cluster
  enum class Use {
    kNeeded,
    kReadNodes,
    kReadAllPods,
    kReadEvents,
    kCopySecrets,
    kCopyServices
  } use = Use::kNeeded;
};
/// All questions, in the order in which they are reported. docs/provider-access.yaml grants exactly this: in
/// one namespace, or where `namespaces` maps, in the whole cluster.
std::vector<AccessCheck> access_checks(const burst::NamespaceRule& namespaces);

/// Asks the provider what our credentials may do (SelfSubjectAccessReview, one request per check). Fails with
/// the first request that fails: an unreachable provider must not hold a worker for the whole list.
base::Result<Permissions> review_permissions(kube::Client& client, const burst::NamespaceRule& namespaces);

/// True where the provider's cluster has GPUOffers and the credentials may list and watch them. Most have
/// none, which one request shows.
base::Result<bool> may_read_published(kube::Client& client);

}  // namespace op
