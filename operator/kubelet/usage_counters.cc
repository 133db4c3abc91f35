#include "operator/kubelet/usage_counters.h"

#include <algorithm>
#include <chrono>

namespace op {
namespace {

using std::chrono::seconds;

/// A container that is younger at its first measurement has used what it uses since its start: metrics-server
/// computes the first rate of a young container from its start on.
constexpr seconds kYoung{60};
/// Who comes back after longer is not taken to have used as much all the time.
constexpr seconds kLongestStep{600};
/// metrics-server drops a whole pod for a counter of 0.
constexpr std::int64_t kLeast = 1000;

std::int64_t used(std::int64_t nano_cores, base::Time from, base::Time until) {
  const auto span = std::clamp<base::Time::duration>(until - from, seconds(0), kLongestStep);
  return static_cast<std::int64_t>(static_cast<double>(nano_cores) *
                                   std::chrono::duration<double>(span).count());
}

std::int64_t first_count(const ContainerUsage& usage) {
  const bool young = usage.started && usage.at > *usage.started && usage.at - *usage.started <= kYoung;
  return kLeast + (young ? used(usage.nano_cores, *usage.started, usage.at) : 0);
}

}  // namespace

std::int64_t UsageCounters::advance(const std::string& key, const ContainerUsage& usage, base::Time now) {
  const auto [it, first] = containers_.try_emplace(key, Counter{usage.at, 0, now});
  Counter& counter = it->second;
  std::int64_t more = 0;
  if (first) {
    more = first_count(usage);
  } else if (usage.at > counter.at) {
    more = used(usage.nano_cores, counter.at, usage.at);
    counter.at = usage.at;
  }
  counter.nanoseconds += more;
  counter.counted = now;
  return more;
}

void UsageCounters::count(NodeUsage& usage) {
  Node& node = nodes_.try_emplace(usage.node, Node{usage.at}).first->second;
  for (PodUsage& pod : usage.pods) {
    for (ContainerUsage& container : pod.containers) {
      const std::string key = pod.uid + "/" + container.name;
      node.nanoseconds += advance(key, container, usage.at);
      container.at = containers_.at(key).at;
      container.cpu_nanoseconds = containers_.at(key).nanoseconds;
    }
  }
  usage.started = node.since;
  usage.cpu_nanoseconds = node.nanoseconds;
}

void UsageCounters::forget(base::Time before) {
  std::erase_if(containers_, [&](const auto& entry) { return entry.second.counted < before; });
}

}  // namespace op
