#include "operator/usage/resource_metrics.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/time_text.h"
#include "burst/names.h"
#include "kube/runtime/controller.h"
#include "operator/nodes/burst_node.h"
#include "operator/usage/pod_metrics.h"
#include "operator/usage/usage_counters.h"
#include "operator/usage/usage_text.h"

namespace op {
namespace {

using nlohmann::json;

/// Metrics APIs measure every 15 seconds; a caller that asks several of our nodes at once needs one answer.
constexpr std::chrono::seconds kFresh{10};
/// How long a request waits for a newer answer than the last one, and how many may: they hold threads that
/// exec and logs need, too.
constexpr std::chrono::milliseconds kWait{1500};
constexpr int kMostWaiting = 2;
/// So many providers may stall at a time without delay for the others.
constexpr std::size_t kUsageWorkers = 4;
constexpr std::chrono::minutes kForgetAfter{10};
/// Clocks differ, but a measurement further from now is not a present one.
constexpr std::chrono::hours kMostSkew{1};

using Measured = std::shared_ptr<const PodMetrics>;

/// The containers of the pod itself: a provider may have put others into the twin.
bool is_own(const RemotePod& twin, const std::string& container) {
  const std::string* names = kube::find_value(twin.meta.annotations, burst::kContainersAnnotation);
  return names && ("," + *names + ",").find("," + container + ",") != std::string::npos;
}

/// When the twin's running containers were started.
std::map<std::string, base::Time> start_times(const RemotePod& twin) {
  std::map<std::string, base::Time> times;
  const json status = json::parse(twin.status_json, nullptr, /*allow_exceptions=*/false);
  for (const char* kind : {"initContainerStatuses", "containerStatuses"}) {
    const auto list = status.is_object() ? status.find(kind) : status.end();
    if (list == status.end() || !list->is_array()) continue;
    for (const json& container : *list) {
      const json running = container.is_object()
                               ? container.value(json::json_pointer("/state/running/startedAt"), json())
                               : json();
      const json name = container.is_object() ? container.value("name", json()) : json();
      if (!running.is_string() || !name.is_string()) continue;
      const auto time = base::parse_time(running.get<std::string>());
      if (time && *time > base::Time()) times[name.get<std::string>()] = *time;
    }
  }
  return times;
}

PodUsage usage_of(const kube::PodRecord& pod, const RemotePod& twin,
                  const std::vector<ContainerUsage>& measured, base::Time now) {
  PodUsage usage{.ns = pod.meta.ns, .name = pod.meta.name, .uid = pod.meta.uid, .started = pod.started};
  const auto started = start_times(twin);
  for (const ContainerUsage& container : measured) {
    const bool of_now = container.at > now - kMostSkew && container.at < now + kMostSkew;
    if (!of_now || !is_own(twin, container.name)) continue;
    usage.containers.push_back(container);
    if (const auto it = started.find(container.name); it != started.end())
      usage.containers.back().started = it->second;
  }
  return usage;
}

}  // namespace

struct ResourceMetrics::State {
  /// The last word of one provider about one namespace.
  struct Feed {
    base::SteadyTime wanted = {};
    std::optional<base::SteadyTime> asked = {};
    base::Result<Measured> answer = Measured();  ///< null before the first one
  };

  State(Home& at_home, RemoteClusters& providers)
      : home(at_home),
        clusters(providers),
        refresher({.name = "usage", .workers = kUsageWorkers},
                  [this](const std::string& provider) { return refresh(provider); }) {}

  base::Result<NodeUsage> usage(const std::string& node);
  /// Waits for a fresh answer until `until`, if not too many callers do, and then takes the last one.
  base::Result<Measured> measured(const std::string& provider, const std::string& ns, base::SteadyTime until);
  /// Fetches wanted answers of one provider that are not fresh; a provider that does not answer is asked no
  /// more.
  base::Result<kube::Next> refresh(const std::string& provider);
  std::vector<std::string> wanted_namespaces(const std::string& provider);
  void remember(const std::string& provider, const std::string& ns, base::Result<Measured> answer);
  bool is_fresh(const Feed& feed) const {
    return feed.asked && home.clock.steady_now() - *feed.asked < kFresh;
  }

  Home& home;
  RemoteClusters& clusters;
  std::mutex mutex;  ///< of the members below
  std::condition_variable answered;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Feed>> feeds;  ///< by provider and namespace
  int waiting = 0;
  UsageCounters counters;
  std::stop_source stop;
  kube::Controller refresher;  ///< last: its threads use the members above
};

base::Result<Measured> ResourceMetrics::State::measured(const std::string& provider, const std::string& ns,
                                                        base::SteadyTime until) {
  std::unique_lock lock(mutex);
  auto& slot = feeds[{provider, ns}];
  if (!slot) slot = std::make_shared<Feed>();
  const auto feed = slot;
  feed->wanted = home.clock.steady_now();
  if (is_fresh(*feed)) return feed->answer;
  refresher.queue().add(provider);
  if (waiting < kMostWaiting) {
    ++waiting;
    answered.wait_until(lock, until, [&] { return is_fresh(*feed) || stop.stop_requested(); });
    --waiting;
  }
  return feed->answer;
}

std::vector<std::string> ResourceMetrics::State::wanted_namespaces(const std::string& provider) {
  const auto now = home.clock.steady_now();
  std::vector<std::string> wanted;
  std::lock_guard lock(mutex);
  std::erase_if(feeds, [&](const auto& entry) { return now - entry.second->wanted > kForgetAfter; });
  for (const auto& [key, feed] : feeds) {
    const bool unanswered = !feed->asked || *feed->asked < feed->wanted;
    if (key.first == provider && unanswered && !is_fresh(*feed)) wanted.push_back(key.second);
  }
  return wanted;
}

void ResourceMetrics::State::remember(const std::string& provider, const std::string& ns,
                                      base::Result<Measured> answer) {
  std::lock_guard lock(mutex);
  const auto feed = feeds.find({provider, ns});
  if (feed == feeds.end()) return;
  feed->second->asked = home.clock.steady_now();
  feed->second->answer = std::move(answer);
  answered.notify_all();
}

base::Result<kube::Next> ResourceMetrics::State::refresh(const std::string& provider) {
  const auto cluster = clusters.find(provider);
  base::Result<Measured> silent = Measured();
  for (const std::string& ns : wanted_namespaces(provider)) {
    if (!cluster || !silent) {
      remember(provider, ns, cluster ? silent : base::fail(base::Code::kUnavailable, "it is not connected"));
      continue;
    }
    auto fetched =
        fetch_pod_metrics(cluster->client(), ns,
                          std::string(burst::kInstallationLabel) + "=" + home.installation, stop.get_token());
    if (fetched) {
      remember(provider, ns, std::make_shared<const PodMetrics>(std::move(*fetched)));
    } else {
      silent = base::fail(std::move(fetched.error()));
      remember(provider, ns, silent);
    }
  }
  return kube::Next{};
}

base::Result<NodeUsage> ResourceMetrics::State::usage(const std::string& node) {
  const auto record = home.nodes.store().get({{}, node});
  if (!record || !is_our_node(*record)) return base::fail(base::Code::kNotFound, "no burst node " + node);
  NodeUsage found{.node = node, .at = home.clock.now()};
  const auto until = std::chrono::steady_clock::now() + kWait;
  for (const auto& pod : home.pods.store().all()) {
    if (pod->node_name != node || kube::is_terminal(pod->phase)) continue;
    const auto burst = home.bursts.store().get({pod->meta.ns, burst::burst_name(pod->meta.uid)});
    const auto cluster = burst ? clusters.find(burst->burst.attempt.provider) : nullptr;
    const auto twin =
        cluster ? cluster->twin(burst->burst.attempt.remote_namespace, burst->burst.attempt.name) : nullptr;
    if (!twin) continue;
    auto known = measured(cluster->name(), twin->meta.ns, until);
    if (!known) return base::fail(std::move(known.error()).with_context(cluster->name()));
    if (!*known) continue;  // not answered yet
    const auto it = (*known)->find(twin->meta.name);
    if (it == (*known)->end()) continue;
    auto usage = usage_of(*pod, *twin, it->second, found.at);
    if (!usage.containers.empty()) found.pods.push_back(std::move(usage));
  }
  std::lock_guard lock(mutex);
  counters.count(found);
  counters.forget(found.at - kForgetAfter);
  return found;
}

ResourceMetrics::ResourceMetrics(Home& home, RemoteClusters& clusters)
    : state_(std::make_unique<State>(home, clusters)) {}
ResourceMetrics::~ResourceMetrics() { stop(); }

void ResourceMetrics::start() { state_->refresher.start(); }

void ResourceMetrics::stop() {
  {
    std::lock_guard lock(state_->mutex);
    state_->stop.request_stop();
  }
  state_->answered.notify_all();
  state_->refresher.stop();
}

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
