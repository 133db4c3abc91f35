#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace op {

/// CPU and memory in use by one container, and what it has used since it started or since we first looked.
struct ContainerUsage {
  std::string name = {};
  std::optional<base::Time> started = {};
  base::Time at = {};                ///< when it was measured
  std::int64_t nano_cores = 0;       ///< CPU at that moment
  std::int64_t memory_bytes = 0;     ///< working set
  std::int64_t cpu_nanoseconds = 0;  ///< counter; never 0, never falls while we run
};

struct PodUsage {
  std::string ns = {};
  std::string name = {};
  std::string uid = {};
  std::optional<base::Time> started = {};
  std::vector<ContainerUsage> containers = {};
};

/// What runs on one burst node.
struct NodeUsage {
  std::string node = {};
  base::Time started = {};  ///< when we began to count for this node
  base::Time at = {};
  std::int64_t cpu_nanoseconds = 0;  ///< counter
  std::vector<PodUsage> pods = {};
};

}  // namespace op
