#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "kube/client/client.h"
#include "operator/providers/remote_cluster.h"

namespace op {

/// One thing that credentials may or may not do.
struct AccessCheck {
  std::string_view verb;
  std::string_view resource;
  bool in_namespace = true;
  enum class Use { kNeeded, kReadNodes, kReadAllPods, kReadEvents } use = Use::kNeeded;
};
/// All that is asked, in the order in which it is told. docs/provider-access.yaml grants exactly this.
const std::vector<AccessCheck>& access_checks();

/// Asks the provider what our credentials may do (SelfSubjectAccessReview, one request per check). Fails with
/// the first request that fails: an unreachable provider must not hold a worker for the whole list.
base::Result<Permissions> review_permissions(kube::Client& client, const std::string& remote_namespace);

/// True where the provider's cluster has GPUOffers and the credentials may list and watch them. Most have
/// none, which one request tells.
base::Result<bool> may_read_published(kube::Client& client);

}  // namespace op
