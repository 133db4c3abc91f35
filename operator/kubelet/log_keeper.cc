#include "operator/kubelet/log_keeper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "market/offer.h"
#include "operator/kubelet/log_fetch.h"

namespace op {
namespace {

/// For one container; the log of an ended one is all there.
constexpr std::chrono::seconds kFetchPatience{20};

/// The names that the pod itself gives its containers: what a provider says of them is not trusted.
std::vector<std::string> containers_of(const nlohmann::json& pod) {
  std::vector<std::string> names;
  const auto spec = pod.find("spec");
  if (spec == pod.end() || !spec->is_object()) return names;
  for (const char* list : {"initContainers", "containers", "ephemeralContainers"}) {
    const auto containers = spec->find(list);
    if (containers == spec->end() || !containers->is_array()) continue;
    for (const auto& container : *containers) names.push_back(container.value("name", ""));
  }
  return names;
}

/// Trying again will not bring it.
bool is_hopeless(const base::Status& failure) {
  return failure.is(base::Code::kForbidden) || failure.is(base::Code::kUnauthenticated) ||
         failure.is(base::Code::kInvalid) || failure.is(base::Code::kMalformed);
}

}  // namespace

LogKeeper::LogKeeper(Home& home, RemoteClusters& clusters, LogSpool& spool, OnSettled on_settled)
    : home_(home),
      clusters_(clusters),
      spool_(spool),
      on_settled_(std::move(on_settled)),
      controller_({.name = "logs", .workers = 2}, [this](const std::string& uid) { return reconcile(uid); }) {
  home_.pods.on_change([this](const kube::Change<kube::PodRecord>& change) {
    if (change.after || !spool_.enabled() || !market::is_burst_node(change.before->node_name)) return;
    {
      std::lock_guard lock(mutex_);
      gone_.insert(change.before->meta.uid);
    }
    controller_.queue().add(change.before->meta.uid);
  });
}

LogKeeper::~LogKeeper() { stop(); }

void LogKeeper::start() {
  std::set<std::string> uids;
  for (const auto& pod : home_.pods.store().all()) uids.insert(pod->meta.uid);
  spool_.keep_only(uids);
  controller_.start();
}

void LogKeeper::stop() {
  stop_.request_stop();
  controller_.stop();
}

bool LogKeeper::settled(const EndedTwin& twin) {
  if (!spool_.enabled() || done_.contains(twin.attempt)) return true;
  {
    std::lock_guard lock(mutex_);
    const auto [job, added] = jobs_.try_emplace(twin.pod_uid, Job{twin, home_.clock.steady_now()});
    if (!added && job->second.twin.attempt == twin.attempt) return false;
    job->second = Job{twin, home_.clock.steady_now()};
  }
  controller_.queue().add(twin.pod_uid);
  return false;
}

bool LogKeeper::fetching(const std::string& attempt) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(jobs_, [&](const auto& entry) { return entry.second.twin.attempt == attempt; });
}

base::Result<kube::Next> LogKeeper::reconcile(const std::string& pod_uid) {
  bool gone = false;
  std::optional<Job> waiting;
  {
    std::lock_guard lock(mutex_);
    gone = gone_.erase(pod_uid) > 0;
    if (const auto found = jobs_.find(pod_uid); found != jobs_.end()) waiting = found->second;
  }
  if (gone) spool_.remove(pod_uid);
  if (!waiting) return kube::Next{};
  const Job& job = *waiting;
  auto kept = keep(job.twin);
  if (kept) {
    finish(job.twin);
    return kube::Next{};
  }
  if (kept.error().is(base::Code::kCancelled)) return base::fail(std::move(kept.error()));
  const bool patient = home_.clock.steady_now() - job.since < kPatience;
  if (patient && !is_hopeless(kept.error())) return base::fail(std::move(kept.error()));
  base::log_warning(
      "the log of an ended twin could not be kept",
      {{"pod", job.twin.pod.text()}, {"provider", job.twin.provider}, {"why", kept.error().text()}});
  finish(job.twin);
  return kube::Next{};
}

void LogKeeper::finish(const EndedTwin& twin) {
  done_.add(twin.attempt);
  {
    std::lock_guard lock(mutex_);
    jobs_.erase(twin.pod_uid);
  }
  on_settled_(twin.pod_uid);
}

base::Outcome LogKeeper::keep(const EndedTwin& twin) {
  const auto pod = home_.client.get(kube::kPods, twin.pod.ns, twin.pod.name);
  if (!pod && pod.error().is(base::Code::kNotFound)) return {};
  if (!pod) return base::fail(pod.error());
  // Another pod of that name is none of ours.
  if (pod->at("metadata").value("uid", "") != twin.pod_uid) return {};
  const auto cluster = clusters_.find(twin.provider);
  if (!cluster) return base::fail(base::Code::kUnavailable, twin.provider + " is not connected");
  for (const std::string& container : containers_of(*pod)) {
    if (spool_.has(twin.pod_uid, container)) continue;
    auto log = fetch_log_tail(cluster->client(), {twin.remote_namespace, twin.attempt, container},
                              LogSpool::kLogBytes, kFetchPatience, stop_.get_token());
    if (!log && log.error().is(base::Code::kNotFound)) return {};
    if (!log && log.error().is(base::Code::kInvalid)) continue;
    if (!log) return base::fail(std::move(log.error()));
    if (auto saved = spool_.save(twin.pod_uid, container, *log); !saved) return saved;
  }
  return {};
}

}  // namespace op
