#include "bench/support/burst_bench.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/wait.h"

namespace bench {
namespace {

using nlohmann::json;

constexpr std::size_t kConnections = 4;

bool is_write(const std::string& verb) {
  return verb == "create" || verb == "update" || verb == "patch" || verb == "delete" ||
         verb == "deletecollection";
}

}  // namespace

RunningTimes::RunningTimes(testing_support::Sandbox& sandbox, const std::vector<std::string>& clusters) {
  for (const auto& cluster : clusters) {
    auto& pods = watches_.emplace_back(std::make_unique<kube::Informer<kube::PodRecord>>(
        sandbox.admin(cluster),
        kube::InformerOptions{.resource = kube::kPods, .name = "bench-pods-" + cluster}, kube::decode_pod));
    pods->on_change([this, cluster](const kube::Change<kube::PodRecord>& change) {
      if (change.after) see(cluster, *change.after);
    });
    pods->start();
  }
  testing_support::require_within("the watches of pods", std::chrono::seconds(30), [&] {
    const bool all = std::ranges::all_of(watches_, [](const auto& each) { return each->synced(); });
    return all ? std::string() : std::string("first lists are missing");
  });
}

void RunningTimes::see(const std::string& cluster, const kube::PodRecord& pod) {
  if (pod.phase == kube::PodPhase::kPending) return;
  const base::Time now = base::system_clock().now();
  std::lock_guard lock(mutex_);
  const std::string where = key(cluster, pod.meta.ns);
  running_[where].try_emplace(pod.meta.name, now);
  if (kube::is_terminal(pod.phase)) ended_[where].try_emplace(pod.meta.name, now);
  changed_.notify_all();
}

bool RunningTimes::wait(const std::string& cluster, const std::string& ns, std::size_t count,
                        std::chrono::seconds deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return running_[key(cluster, ns)].size() >= count; });
}

bool RunningTimes::wait_ended(const std::string& cluster, const std::string& ns, std::size_t count,
                              std::chrono::seconds deadline) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, deadline, [&] { return ended_[key(cluster, ns)].size() >= count; });
}

base::Time RunningTimes::last(const std::string& cluster, const std::string& ns) {
  std::lock_guard lock(mutex_);
  base::Time latest{};
  for (const auto& [name, time] : running_[key(cluster, ns)]) latest = std::max(latest, time);
  return latest;
}

base::Time RunningTimes::of(const std::string& cluster, const std::string& ns, const std::string& pod) {
  std::lock_guard lock(mutex_);
  return running_[key(cluster, ns)][pod];
}

base::Time create_all(kube::Client& client, const std::vector<json>& pods) {
  std::atomic<std::size_t> next{0};
  const base::Time start = base::system_clock().now();
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < kConnections; ++i) {
    threads.emplace_back([&] {
      for (std::size_t n = next++; n < pods.size(); n = next++) {
        testing_support::must_create(client, kube::kPods, pods[n]);
      }
    });
  }
  return start;
}

AuditTail::AuditTail(std::string file, std::vector<std::string> users)
    : file_(std::move(file)), users_(std::move(users)) {
  std::error_code error;
  start_ = std::filesystem::file_size(file_, error);
}

std::map<std::string, int> AuditTail::writes() const {
  std::map<std::string, int> counts;
  std::ifstream log(file_);
  log.seekg(static_cast<std::streamoff>(start_));
  for (std::string line; std::getline(log, line);) {
    const json event = json::parse(line, nullptr, false);
    if (!event.is_object() || !is_write(event.value("verb", ""))) continue;
    const std::string user = event.value("/user/username"_json_pointer, "");
    const bool ours =
        std::ranges::any_of(users_, [&](const std::string& prefix) { return user.starts_with(prefix); });
    const json object = event.value("objectRef", json::object());
    const std::string resource = object.value("resource", "");
    if (!ours || resource == "leases") continue;
    const std::string sub = object.value("subresource", "");
    ++counts[user.substr(user.rfind(':') + 1) + "  " + event.value("verb", "") + " " + resource +
             (sub.empty() ? "" : "/" + sub)];
  }
  return counts;
}

}  // namespace bench
