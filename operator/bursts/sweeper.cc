#include "operator/bursts/sweeper.h"

#include <condition_variable>
#include <set>

#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"

namespace op {
namespace {

kube::ObjectKey key_of(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) return {};
  return {text.substr(0, slash), text.substr(slash + 1)};
}

bool is_live(const burst::Burst& burst, const std::string& attempt) {
  return burst::may_hold_gpus(burst) && burst.attempt.name == attempt;
}

}  // namespace

Sweeper::Sweeper(BurstContext& context) : context_(context) {}
Sweeper::~Sweeper() { stop(); }

void Sweeper::start() {
  thread_ = std::jthread([this](std::stop_token stop) { run(stop); });
}

void Sweeper::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void Sweeper::run(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, context_.options.sweep_interval, [] { return false; });
    }
    if (stop.stop_requested() || !context_.home.synced()) continue;
    for (const auto& cluster : context_.clusters.all()) {
      if (cluster->synced() && cluster->sweeping_allowed()) sweep(*cluster, stop);
    }
  }
}

std::map<std::string, Sweeper::Suspect> Sweeper::suspects(const RemoteCluster& cluster) const {
  std::map<std::string, Suspect> found;
  auto look = [&](const kube::ObjectMeta& meta, bool anchor) {
    const std::string attempt = kube::value_or_empty(meta.labels, burst::kAttemptLabel);
    if (attempt.empty() || meta.deleting_since || context_.logs.fetching(attempt)) return;
    const std::string burst = kube::value_or_empty(meta.annotations, burst::kBurstAnnotation);
    auto record = context_.burst_writes.current(context_.home.bursts.store().get(key_of(burst)));
    if (record && (!record->problem.empty() || is_live(record->burst, attempt))) return;
    Suspect& suspect = found[attempt];
    suspect.attempt = attempt;
    suspect.ns = meta.ns;
    suspect.burst = burst;
    (anchor ? suspect.anchor_uid : suspect.twin_uid) = meta.uid;
  };
  for (const auto& map : cluster.config_maps().all()) {
    if (kube::value_or_empty(map->meta.labels, burst::kRoleLabel) == "anchor") look(map->meta, true);
  }
  for (const auto& twin : cluster.twins()) look(twin->meta, false);
  return found;
}

void Sweeper::sweep(RemoteCluster& cluster, std::stop_token stop) {
  const auto now = std::chrono::steady_clock::now();
  const std::string prefix = cluster.name() + "/";
  std::set<std::string> still;
  for (const auto& [attempt, suspect] : suspects(cluster)) {
    if (stop.stop_requested()) return;
    const std::string key = prefix + attempt;
    still.insert(key);
    const auto seen = first_seen_.try_emplace(key, now).first->second;
    if (now - seen >= context_.options.sweep_age) confirm_and_remove(cluster, suspect);
  }
  std::erase_if(first_seen_,
                [&](const auto& e) { return e.first.starts_with(prefix) && !still.contains(e.first); });
}

void Sweeper::confirm_and_remove(RemoteCluster& cluster, const Suspect& suspect) {
  const kube::ObjectKey key = key_of(suspect.burst);
  if (!key.name.empty()) {
    auto reply = context_.home.client.send(kube::get_request(api::kBursts, key.ns, key.name));
    if (reply) {
      auto record = kube::decode_text<api::BurstRecord>(reply->body, api::decode_burst);
      if (!record || !record->problem.empty() || is_live(record->burst, suspect.attempt)) return;
    } else if (!reply.error().is(base::Code::kNotFound)) {
      return;  // unknown is not absent
    }
  }
  auto removed = remove_attempt(cluster, {suspect.ns, suspect.attempt, suspect.anchor_uid, suspect.twin_uid},
                                std::nullopt);
  base::log_warning("removed an orphan", {{"provider", cluster.name()},
                                          {"attempt", suspect.attempt},
                                          {"burst", suspect.burst},
                                          {"result", removed ? "ok" : removed.error().text()}});
}

}  // namespace op
