#include "operator/bursts/removals.h"

#include <chrono>
#include <vector>

#include "base/log.h"
#include "burst/names.h"

namespace op {
namespace {

using namespace std::chrono_literals;

/// Time for more ended attempts to gather; nothing waits for a removal.
constexpr auto kGather = 1s;
constexpr auto kRetry = 5s;
/// Keeps the request line below 4 KiB.
constexpr std::size_t kAttemptsPerRequest = 40;

std::string selector_of(const std::string& installation, const std::vector<std::string>& names) {
  std::string text = std::string(burst::kInstallationLabel) + "=" + installation + "," +
                     std::string(burst::kAttemptLabel) + " in (";
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : ",") + names[i];
  return text + ")";
}

}  // namespace

Removals::Removals(RemoteClusters& clusters, std::string installation)
    : clusters_(clusters), installation_(std::move(installation)) {}

Removals::~Removals() { stop(); }

void Removals::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Removals::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  changed_.notify_all();
  thread_.join();
}

void Removals::add(const burst::Attempt& attempt) {
  {
    if (sent_.contains(attempt.name)) return;
    std::lock_guard lock(mutex_);
    pending_[{attempt.provider, attempt.remote_namespace}].insert(attempt.name);
  }
  changed_.notify_all();
}

base::Outcome Removals::flush(RemoteCluster& cluster, const std::string& ns,
                              const std::set<std::string>& names) {
  std::vector<std::string> some;
  auto send = [&]() -> base::Outcome {
    const std::string which = selector_of(installation_, some);
    const std::string gos = which + "," + std::string(burst::kRoleLabel) + "=go";
    // `go` first: without it nothing starts, whatever arrives late. The anchors last: the provider's garbage
    // collector then finds no dependents to look up and delete one by one, and objects that arrive later
    // have no owner.
    const std::pair<const kube::Resource&, const std::string&> steps[] = {
        {kube::kConfigMaps, gos}, {kube::kPods, which}, {kube::kConfigMaps, which}};
    for (const auto& [kind, selector] : steps) {
      auto removed = cluster.client().remove_collection(kind, ns, selector);
      if (!removed) return removed;
    }
    some.clear();
    return {};
  };
  for (const std::string& name : names) {
    some.push_back(name);
    if (some.size() < kAttemptsPerRequest) continue;
    if (auto sent = send(); !sent) return sent;
  }
  return some.empty() ? base::Outcome() : send();
}

void Removals::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    std::map<Place, std::set<std::string>> batch;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [&] { return !pending_.empty(); });
      if (stop.stop_requested()) return;
      changed_.wait_for(lock, stop, kGather, [] { return false; });
      batch.swap(pending_);
    }
    bool failed = false;
    for (const auto& [place, names] : batch) {
      auto cluster = clusters_.find(place.first);
      if (!cluster) continue;  // gone with all that was there, or found again by reconciles once it is back
      auto removed = flush(*cluster, place.second, names);
      if (removed) {
        for (const std::string& name : names) sent_.add(name);
      } else {
        std::lock_guard lock(mutex_);
        failed = true;
        pending_[place].insert(names.begin(), names.end());
        base::log_warning("removing ended attempts failed, will retry",
                          {{"provider", place.first}, {"error", removed.error().text()}});
      }
    }
    if (failed) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, kRetry, [] { return false; });
    }
  }
}

base::Outcome remove_attempt(RemoteCluster& cluster, const AttemptObjects& objects,
                             std::optional<std::int64_t> grace) {
  auto tolerate = [](base::Outcome outcome) {
    // Conflict: another object has the name by now, so ours is gone.
    if (!outcome && outcome.error().is(base::Code::kConflict)) return base::Outcome();
    return outcome;
  };
  if (!objects.anchor_uid.empty()) {
    auto anchor =
        tolerate(cluster.client().remove(kube::kConfigMaps, objects.ns, burst::anchor_name(objects.attempt),
                                         {.uid = objects.anchor_uid, .propagation = "Background"}));
    if (!anchor) return anchor;
  }
  if (objects.twin_uid.empty()) return {};
  return tolerate(cluster.client().remove(kube::kPods, objects.ns, objects.attempt,
                                          {.grace_seconds = grace, .uid = objects.twin_uid}));
}

}  // namespace op
