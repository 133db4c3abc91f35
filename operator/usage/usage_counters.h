#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "operator/usage/usage.h"

namespace op {

/// Makes counters from momentary CPU usage. Between two measurements the later one is taken to have held,
/// so that a rate computed from two counters is what the provider measured. A container that was
/// started again begins at zero, as with a kubelet; the node's counter goes on. In memory: after a
/// restart of ours they begin anew. Not thread-safe.
class UsageCounters {
 public:
  /// Fills in `cpu_nanoseconds` of each container of the node, and of the node itself; sets `at` and
  /// `started` accordingly. A measurement that is not newer than the last one of its container changes
  /// nothing.
  void count(NodeUsage& usage);
  /// Forgets containers that were not counted since `before`.
  void forget(base::Time before);

 private:
  struct Counter {
    base::Time at;
    std::optional<base::Time> started = {};
    std::int64_t nanoseconds = 0;
    base::Time counted = {};
  };
  struct Node {
    base::Time since;
    std::int64_t nanoseconds = 1;
  };
  /// Counts one measurement, also in the counter `node`.
  const Counter& advance(const std::string& key, const ContainerUsage& usage, base::Time now,
                         std::int64_t& node);
  std::map<std::string, Counter> containers_;
  std::map<std::string, Node> nodes_;
};

}  // namespace op
