#include "operator/logs/log_keeper.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "market/offer.h"
#include "operator/logs/log_fetch.h"

namespace op {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// For one container; the log of an ended container is complete.
constexpr seconds kFetchPatience{20};
constexpr milliseconds kFirstFetchRetry{100};
constexpr seconds kLongestFetchRetry{10};
/// So many providers may stall at a time without delay for the others.
constexpr std::size_t kLogWorkers = 4;
/// The key for removing kept logs; no provider has that name.
constexpr const char* kBin = "";

/// The pod's own names of its containers: a provider's names are not trusted.
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

/// A retry will not help.
bool is_hopeless(const base::Status& failure) {
  return failure.is(base::Code::kForbidden) || failure.is(base::Code::kUnauthenticated) ||
         failure.is(base::Code::kInvalid) || failure.is(base::Code::kMalformed);
}

/// The log of a running twin is incomplete: it is fetched again when the twin has ended.
std::string done_name(const EndedTwin& twin) {
  return twin.all_written ? twin.attempt : twin.attempt + "/so-far";
}

bool is_same(const EndedTwin& a, const EndedTwin& b) {
  return a.attempt == b.attempt && a.all_written == b.all_written;
}

void warn_not_kept(const EndedTwin& twin, const std::string& why) {
  base::log_warning("the log of an ended twin could not be kept",
                    {{"pod", twin.pod.text()}, {"provider", twin.provider}, {"why", why}});
}

}  // namespace

LogKeeper::LogKeeper(Home& home, RemoteClusters& clusters, LogSpool& spool, OnSettled on_settled)
    : home_(home),
      clusters_(clusters),
      spool_(spool),
      on_settled_(std::move(on_settled)),
      controller_({.name = "logs", .workers = kLogWorkers},
                  [this](const std::string& provider) { return reconcile(provider); }) {
  home_.pods.on_change([this](const kube::Change<kube::PodRecord>& change) {
    // A replica that does not lead has no logs, and would only remember every pod there ever was.
    if (!started_ || change.after || !spool_.enabled()) return;
    if (!market::is_burst_node(change.before->node_name)) return;
    {
      std::lock_guard lock(mutex_);
      gone_.insert(change.before->meta.uid);
    }
    controller_.queue().add(kBin);
  });
}

LogKeeper::~LogKeeper() { stop(); }

void LogKeeper::start() {
  started_ = true;  // first: a pod that goes now is seen here or there
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
  if (!spool_.enabled() || done_.contains(done_name(twin))) return true;
  const auto now = home_.clock.steady_now();
  std::string given_up;
  {
    std::lock_guard lock(mutex_);
    const auto [it, added] = jobs_.try_emplace(
        twin.pod_uid,
        Job{.twin = twin, .until = now + kPatience, .failing{kFirstFetchRetry, kLongestFetchRetry}});
    Job& job = it->second;
    if (!added && is_same(job.twin, twin)) {
      if (now < job.until) return false;
      given_up = job.trouble.empty() ? "the provider takes too long" : job.trouble;
      jobs_.erase(it);
    } else if (!added) {
      // The same twin a moment later has no more time than it had; another attempt is another twin.
      const auto until = job.twin.attempt == twin.attempt ? job.until : now + kPatience;
      job = Job{.twin = twin, .until = until, .failing{kFirstFetchRetry, kLongestFetchRetry}};
    }
  }
  if (given_up.empty()) {
    controller_.queue().add(twin.provider);
    return false;
  }
  warn_not_kept(twin, given_up);
  done_.add(done_name(twin));
  return true;
}

bool LogKeeper::fetching(const std::string& attempt) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(jobs_, [&](const auto& entry) { return entry.second.twin.attempt == attempt; });
}

base::Result<kube::Next> LogKeeper::reconcile(const std::string& provider) {
  if (provider == kBin) {
    empty_bin();
    return kube::Next{};
  }
  const auto now = home_.clock.steady_now();
  if (auto job = next_job(provider, now)) {
    const auto kept = keep(*job);
    remove_if_gone(job->twin);
    if (kept) {
      finish(job->twin);
    } else if (is_hopeless(kept.error()) || home_.clock.steady_now() >= job->until) {
      warn_not_kept(job->twin, kept.error().text());
      finish(job->twin);
    } else {
      try_again(*job, kept.error().text());
    }
  }
  const auto due = next_due(provider);
  if (!due) return kube::Next{};
  return kube::Next{
      std::max(milliseconds(0), std::chrono::ceil<milliseconds>(*due - home_.clock.steady_now()))};
}

void LogKeeper::empty_bin() {
  std::set<std::string> gone;
  {
    std::lock_guard lock(mutex_);
    gone.swap(gone_);
  }
  for (const std::string& uid : gone) spool_.remove(uid);
}

/// A pod that went while its log was written: the bin may have been emptied before.
void LogKeeper::remove_if_gone(const EndedTwin& twin) {
  const auto pod = home_.pods.store().get(twin.pod);
  if (!pod || pod->meta.uid != twin.pod_uid) spool_.remove(twin.pod_uid);
}

std::optional<LogKeeper::Job> LogKeeper::next_job(const std::string& provider, base::SteadyTime now) {
  std::lock_guard lock(mutex_);
  const Job* next = nullptr;
  for (const auto& [uid, job] : jobs_) {
    if (job.twin.provider == provider && job.due <= now && (!next || job.due < next->due)) next = &job;
  }
  return next ? std::optional(*next) : std::nullopt;
}

std::optional<base::SteadyTime> LogKeeper::next_due(const std::string& provider) const {
  std::lock_guard lock(mutex_);
  std::optional<base::SteadyTime> due;
  for (const auto& [uid, job] : jobs_) {
    if (job.twin.provider == provider) due = std::min(due.value_or(job.due), job.due);
  }
  return due;
}

void LogKeeper::finish(const EndedTwin& twin) {
  done_.add(done_name(twin));
  {
    std::lock_guard lock(mutex_);
    const auto job = jobs_.find(twin.pod_uid);
    if (job != jobs_.end() && is_same(job->second.twin, twin)) jobs_.erase(job);
  }
  on_settled_(twin.pod_uid);
}

void LogKeeper::try_again(const Job& job, std::string trouble) {
  std::lock_guard lock(mutex_);
  const auto found = jobs_.find(job.twin.pod_uid);
  if (found == jobs_.end() || !is_same(found->second.twin, job.twin)) return;
  found->second.kept = job.kept;
  found->second.trouble = std::move(trouble);
  found->second.due = home_.clock.steady_now() + found->second.failing.next();
}

base::Outcome LogKeeper::keep(Job& job) {
  const EndedTwin& twin = job.twin;
  const auto pod = home_.client.get(kube::kPods, twin.pod.ns, twin.pod.name);
  if (!pod && pod.error().is(base::Code::kNotFound)) return {};
  if (!pod) return base::fail(pod.error());
  // Another pod of that name is not ours.
  if (pod->at("metadata").value("uid", "") != twin.pod_uid) return {};
  const auto cluster = clusters_.find(twin.provider);
  if (!cluster) return base::fail(base::Code::kUnavailable, twin.provider + " is not connected");
  for (const std::string& container : containers_of(*pod)) {
    if (job.kept.contains(container)) continue;
    const auto left = std::chrono::ceil<milliseconds>(job.until - home_.clock.steady_now());
    if (left.count() <= 0) return base::fail(base::Code::kDeadline, "the provider takes too long");
    auto log =
        fetch_log_tail(cluster->client(), {twin.remote_namespace, twin.attempt, container},
                       LogSpool::kLogBytes, std::min<milliseconds>(kFetchPatience, left), stop_.get_token());
    if (!log && log.error().is(base::Code::kNotFound)) return {};
    if (!log && log.error().is(base::Code::kInvalid)) continue;
    if (!log) return base::fail(std::move(log.error()));
    if (auto saved = spool_.save(twin.pod_uid, container, *log); !saved) return saved;
    job.kept.insert(container);
  }
  return {};
}

}  // namespace op
