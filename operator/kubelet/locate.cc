#include "operator/kubelet/locate.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "burst/names.h"

namespace op {
namespace {

std::unexpected<KubeletRefusal> no_pod(const KubeletRequest& request) {
  // A kubelet has one text for logs and another for the rest.
  if (request.verb != KubeletVerb::kLogs) return refuse_request(404, "pod does not exist");
  return refuse_request(404, "pod \"" + request.pod + "\" does not exist");
}

std::unexpected<KubeletRefusal> no_container(const KubeletRequest& request) {
  if (request.verb != KubeletVerb::kLogs) {
    return refuse_request(404, "container not found (\"" + request.container + "\")");
  }
  return refuse_request(404,
                        "container \"" + request.container + "\" not found in pod \"" + request.pod + "\"");
}

/// Whether the comma-separated `list` has this word.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

/// Whether the live home pod has this container, of any kind.
base::Result<bool> has_container_live(Home& home, const KubeletRequest& request,
                                      const std::stop_token& stop) {
  const auto reply = home.client.send(kube::get_request(kube::kPods, request.ns, request.pod), stop);
  if (!reply) return base::fail(reply.error());
  const auto pod = nlohmann::json::parse(reply->body, nullptr, false);
  if (!pod.is_object()) return base::fail(base::Code::kMalformed, "a pod that is no object");
  const auto spec = pod.value("spec", nlohmann::json::object());
  for (const char* kind : {"containers", "initContainers", "ephemeralContainers"}) {
    for (const auto& container : spec.value(kind, nlohmann::json::array())) {
      if (container.value("name", "") == request.container) return true;
    }
  }
  return false;
}

/// Allows only the home pod's own containers: the twin may have some of ours.
std::expected<void, KubeletRefusal> check_container(Home& home, const RemotePod* twin,
                                                    const KubeletRequest& request,
                                                    const std::stop_token& stop) {
  if (request.container.empty()) return {};  // port-forward
  const std::string* own =
      twin ? kube::find_value(twin->meta.annotations, burst::kContainersAnnotation) : nullptr;
  if (own && lists(*own, request.container)) return {};
  const auto live = has_container_live(home, request, stop);
  if (live && *live) return {};
  if (live || live.error().is(base::Code::kNotFound)) return no_container(request);
  return refuse_request(503, "the home API server does not answer: " + live.error().text());
}

}  // namespace

std::expected<KubeletTarget, KubeletRefusal> locate_twin(Home& home, const RemoteClusters& clusters,
                                                         const std::string& node,
                                                         const KubeletRequest& request,
                                                         const std::stop_token& stop) {
  const auto pod = home.pods.store().get({request.ns, request.pod});
  if (!pod || pod->node_name != node) return no_pod(request);
  if (!request.uid.empty() && request.uid != pod->meta.uid) return no_pod(request);
  const auto record = home.bursts.store().get({request.ns, burst::burst_name(pod->meta.uid)});
  KubeletTarget target;
  target.pod_uid = pod->meta.uid;
  target.ended = kube::is_terminal(pod->phase) || (record && record->burst.ended());
  if (!record || record->burst.attempt.number == 0) {
    if (!kube::is_terminal(pod->phase)) {
      return refuse_request(400, "container \"" + request.container + "\" in pod \"" + request.pod +
                                     "\" is waiting to start: ContainerCreating");
    }
    return target;
  }
  const burst::Attempt& attempt = record->burst.attempt;
  target.remote_namespace = attempt.remote_namespace;
  target.twin = attempt.name;
  target.cluster = clusters.find(attempt.provider);
  const auto twin = target.cluster ? target.cluster->twin(attempt.remote_namespace, attempt.name) : nullptr;
  if (auto own = check_container(home, twin.get(), request, stop); !own) return std::unexpected(own.error());
  if (attempt.released || (record->burst.ended() && !twin)) {
    target.cluster = nullptr;
    return target;
  }
  if (!target.cluster) {
    return refuse_request(503, "provider " + attempt.provider + " is not connected: it cannot be asked now");
  }
  return target;
}

}  // namespace op
