#include "support/kubelet.h"

#include <stdexcept>

#include "base/clock.h"
#include "base/time_text.h"
#include "support/objects.h"

namespace testing_support {

using nlohmann::json;

void patch_as_kubelet(kube::Client& client, const std::string& ns, const std::string& name, const json& patch,
                      const std::string& subresource) {
  const auto reply = client.send({.method = "PATCH",
                                  .target = kube::kPods.path(ns, name, subresource),
                                  .headers = {{"Content-Type", "application/strategic-merge-patch+json"}},
                                  .body = patch.dump()});
  if (!reply) throw std::runtime_error("patching " + ns + "/" + name + ": " + reply.error().text());
}

json kubelet_event(const json& pod, const std::string& name, const std::string& type,
                   const std::string& reason, const std::string& message) {
  const std::string now = base::format_time(base::system_clock().now());
  const std::string ns = pod["metadata"].value("namespace", "");
  return {{"apiVersion", "v1"},
          {"kind", "Event"},
          {"metadata", {{"namespace", ns}, {"name", name}}},
          {"involvedObject",
           {{"apiVersion", "v1"},
            {"kind", "Pod"},
            {"namespace", ns},
            {"name", name_of(pod)},
            {"uid", uid_of(pod)}}},
          {"type", type},
          {"reason", reason},
          {"message", message},
          {"source", {{"component", "kubelet"}}},
          {"count", 1},
          {"firstTimestamp", now},
          {"lastTimestamp", now}};
}

}  // namespace testing_support
