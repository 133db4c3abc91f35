#pragma once

#include <expected>
#include <memory>
#include <stop_token>
#include <string>

#include "operator/home/home.h"
#include "operator/kubelet/kubelet_request.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Where to send a request about a home pod.
struct KubeletTarget {
  std::string pod_uid;
  std::shared_ptr<RemoteCluster> cluster;  ///< null when nothing of the pod is at a provider any more
  std::string remote_namespace;
  std::string twin;    ///< name of the twin pod
  bool ended = false;  ///< the pod runs no more: nothing will be added to its logs
};

/// Finds the twin of the pod that `request` names, bound to burst node `node`: home pod -> its PodBurst ->
/// the present attempt -> the provider's cluster. Reads caches; asks the home API server only about a
/// container that the twin does not list as the pod's own (one that was added later). Refusals are in the
/// words of a kubelet: 404 for a pod or container that is not there, 400 for one that has not begun, 503 when
/// the provider is not connected. `stop` ends the wait for the home API server.
std::expected<KubeletTarget, KubeletRefusal> locate_twin(Home& home, const RemoteClusters& clusters,
                                                         const std::string& node,
                                                         const KubeletRequest& request,
                                                         const std::stop_token& stop);

}  // namespace op
