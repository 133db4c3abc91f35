#include "operator/usage/usage_counters.h"

#include <algorithm>
#include <chrono>

namespace op {
namespace {

using std::chrono::seconds;

/// A container younger than this at its first measurement counts from its start: metrics-server
/// computes the first rate of a young container from its start on.
constexpr seconds kYoung{60};
/// After a longer gap the measured usage is taken to have held for this long only.
constexpr seconds kLongestStep{600};
/// metrics-server drops a whole pod for a counter of 0.
constexpr std::int64_t kLeast = 1000;
/// 36 years of one core. A counter begins anew beyond it: several of them must still add up.
constexpr std::int64_t kMostCounted = std::int64_t{1} << 60;

std::int64_t used(std::int64_t nano_cores, base::Time from, base::Time until) {
  const auto span = std::clamp<base::Time::duration>(until - from, seconds(0), kLongestStep);
  return static_cast<std::int64_t>(static_cast<double>(nano_cores) *
                                   std::chrono::duration<double>(span).count());
}

std::int64_t first_count(const ContainerUsage& usage) {
  const bool young = usage.started && usage.at > *usage.started && usage.at - *usage.started <= kYoung;
  return kLeast + (young ? used(usage.nano_cores, *usage.started, usage.at) : 0);
}

std::int64_t sum(std::int64_t counter, std::int64_t more) {
  return counter > kMostCounted - more ? kLeast : counter + more;
}

}  // namespace

const UsageCounters::Counter& UsageCounters::advance(const std::string& key, const ContainerUsage& usage,
                                                     base::Time now, std::int64_t& node) {
  const auto [it, first] = containers_.try_emplace(key, Counter{.at = usage.at});
  Counter& counter = it->second;
  counter.counted = now;
  // A measurement from before the container's start is of its last run: it has a time of its own then.
  const bool of_this_run = usage.started && *usage.started <= usage.at;
  const bool restarted = !first && of_this_run && counter.started && *usage.started > *counter.started;
  std::int64_t more = 0;
  if (first || restarted) {
    const base::Time from = restarted ? std::max(*usage.started, counter.at) : usage.at;
    counter.nanoseconds = first_count(usage);
    more = first ? counter.nanoseconds : used(usage.nano_cores, from, usage.at);
  } else if (usage.at > counter.at) {
    more = used(usage.nano_cores, counter.at, usage.at);
    counter.nanoseconds = sum(counter.nanoseconds, more);
  }
  counter.at = std::max(counter.at, usage.at);
  if (of_this_run && (first || restarted || !counter.started)) counter.started = usage.started;
  node = sum(node, more);
  return counter;
}

void UsageCounters::count(NodeUsage& usage) {
  Node& node = nodes_.try_emplace(usage.node, Node{usage.at}).first->second;
  for (PodUsage& pod : usage.pods) {
    for (ContainerUsage& container : pod.containers) {
      const Counter& counter = advance(pod.uid + "/" + container.name, container, usage.at, node.nanoseconds);
      container.at = counter.at;
      container.started = counter.started;
      container.cpu_nanoseconds = counter.nanoseconds;
    }
  }
  usage.started = node.since;
  usage.cpu_nanoseconds = node.nanoseconds;
}

void UsageCounters::forget(base::Time before) {
  std::erase_if(containers_, [&](const auto& entry) { return entry.second.counted < before; });
}

}  // namespace op
