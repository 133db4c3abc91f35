#include "operator/kubelet/resource_metrics.h"

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "base/time_text.h"
#include "burst/names.h"
#include "operator/kubelet/pod_metrics.h"
#include "operator/kubelet/usage_counters.h"
#include "operator/kubelet/usage_text.h"
#include "operator/nodes/burst_node.h"

namespace op {
namespace {

using nlohmann::json;

/// Metrics APIs measure every 15 seconds; one who asks several of our nodes at once needs one answer.
constexpr std::chrono::seconds kFresh{10};
constexpr std::chrono::minutes kForgetAfter{10};

using Measured = std::shared_ptr<const PodMetrics>;

/// The last word of one provider about one namespace.
struct Feed {
  std::mutex asking;  ///< who comes while another asks gets that answer
  std::optional<base::SteadyTime> asked = {};
  base::Result<Measured> answer = Measured();
};

/// The containers of the pod itself: a provider may have put others into the twin.
bool is_own(const RemotePod& twin, const std::string& container) {
  const std::string* names = kube::find_value(twin.meta.annotations, burst::kContainersAnnotation);
  return names && ("," + *names + ",").find("," + container + ",") != std::string::npos;
}

/// When the twin's containers that run now were started.
std::map<std::string, base::Time> start_times(const RemotePod& twin) {
  std::map<std::string, base::Time> times;
  const json status = json::parse(twin.status_json, nullptr, /*allow_exceptions=*/false);
  const auto list = status.is_object() ? status.find("containerStatuses") : status.end();
  if (list == status.end() || !list->is_array()) return times;
  for (const json& container : *list) {
    const json running = container.is_object()
                             ? container.value(json::json_pointer("/state/running/startedAt"), json())
                             : json();
    const json name = container.is_object() ? container.value("name", json()) : json();
    if (!running.is_string() || !name.is_string()) continue;
    if (const auto time = base::parse_time(running.get<std::string>()))
      times[name.get<std::string>()] = *time;
  }
  return times;
}

PodUsage usage_of(const kube::PodRecord& pod, const RemotePod& twin,
                  const std::vector<ContainerUsage>& measured) {
  PodUsage usage{.ns = pod.meta.ns, .name = pod.meta.name, .uid = pod.meta.uid, .started = pod.started};
  const auto started = start_times(twin);
  for (const ContainerUsage& container : measured) {
    if (!is_own(twin, container.name)) continue;
    usage.containers.push_back(container);
    if (const auto it = started.find(container.name); it != started.end())
      usage.containers.back().started = it->second;
  }
  return usage;
}

}  // namespace

struct ResourceMetrics::State {
  State(Home& at_home, RemoteClusters& providers) : home(at_home), clusters(providers) {}

  base::Result<NodeUsage> usage(const std::string& node);
  base::Result<Measured> measure(RemoteCluster& cluster, const std::string& ns);

  Home& home;
  RemoteClusters& clusters;
  std::mutex mutex;                                    ///< of the members below
  std::map<std::string, std::shared_ptr<Feed>> feeds;  ///< by provider and namespace
  UsageCounters counters;
};

base::Result<Measured> ResourceMetrics::State::measure(RemoteCluster& cluster, const std::string& ns) {
  std::shared_ptr<Feed> feed;
  {
    std::lock_guard lock(mutex);
    auto& slot = feeds[cluster.name() + "/" + ns];
    if (!slot) slot = std::make_shared<Feed>();
    feed = slot;
  }
  std::lock_guard lock(feed->asking);
  const auto now = home.clock.steady_now();
  if (!feed->asked || now - *feed->asked >= kFresh) {
    auto fetched = fetch_pod_metrics(cluster.client(), ns,
                                     std::string(burst::kInstallationLabel) + "=" + home.installation);
    feed->asked = home.clock.steady_now();
    if (fetched) {
      feed->answer = std::make_shared<const PodMetrics>(std::move(*fetched));
    } else {
      feed->answer = base::fail(std::move(fetched.error()));
    }
  }
  return feed->answer;
}

base::Result<NodeUsage> ResourceMetrics::State::usage(const std::string& node) {
  const auto record = home.nodes.store().get({{}, node});
  if (!record || !is_our_node(*record)) return base::fail(base::Code::kNotFound, "no burst node " + node);
  NodeUsage found{.node = node, .at = home.clock.now()};
  for (const auto& pod : home.pods.store().all()) {
    if (pod->node_name != node || kube::is_terminal(pod->phase)) continue;
    const auto burst = home.bursts.store().get({pod->meta.ns, burst::burst_name(pod->meta.uid)});
    const auto cluster = burst ? clusters.find(burst->burst.attempt.provider) : nullptr;
    const auto twin =
        cluster ? cluster->twin(burst->burst.attempt.remote_namespace, burst->burst.attempt.name) : nullptr;
    if (!twin) continue;
    auto measured = measure(*cluster, twin->meta.ns);
    if (!measured) return base::fail(std::move(measured.error()).with_context(cluster->name()));
    const auto it = (*measured)->find(twin->meta.name);
    if (it == (*measured)->end()) continue;
    auto usage = usage_of(*pod, *twin, it->second);
    if (!usage.containers.empty()) found.pods.push_back(std::move(usage));
  }
  std::lock_guard lock(mutex);
  counters.count(found);
  counters.forget(found.at - kForgetAfter);
  return found;
}

ResourceMetrics::ResourceMetrics(Home& home, RemoteClusters& clusters)
    : state_(std::make_unique<State>(home, clusters)) {}
ResourceMetrics::~ResourceMetrics() = default;

base::Result<std::string> ResourceMetrics::metrics_resource(const std::string& node) {
  const auto usage = state_->usage(node);
  if (!usage) return base::fail(usage.error());
  return resource_metrics_text(*usage);
}

base::Result<std::string> ResourceMetrics::stats_summary(const std::string& node) {
  const auto usage = state_->usage(node);
  if (!usage) return base::fail(usage.error());
  return summary_text(*usage);
}

base::Result<std::string> ResourceMetrics::pod_list(const std::string& node) {
  auto reply = state_->home.client.send(
      kube::list_request(kube::kPods, {}, {.field_selector = "spec.nodeName=" + node, .limit = 0}));
  if (!reply) return base::fail(std::move(reply.error()));
  return std::move(reply->body);
}

}  // namespace op
