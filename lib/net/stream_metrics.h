#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "base/clock.h"

namespace net {

/// Why a stream service turned a client away.
enum class StreamRefusal {
  kConnections,  ///< as many as there may be
  kPort,         ///< as many as one port may have
  kNewcomers,    ///< too many that have not asked for anything
  kLongHeads,    ///< too many long requests at once
  kWorkers,      ///< too many requests that wait for a worker
};

/// The metrics of stream services: open connections and streams, and refusals. It logs refusals
/// at most once a minute for each reason. Thread-safe.
class StreamMetrics {
 public:
  StreamMetrics();
  void refused(StreamRefusal why);
  std::uint64_t refusals() const { return refusals_.load(std::memory_order_relaxed); }

  prometheus::Gauge& connections;
  prometheus::Gauge& streams;

 private:
  struct Reason {
    prometheus::Counter* count = nullptr;
    std::uint64_t untold = 0;
    base::SteadyTime quiet_until{};
  };

  std::atomic<std::uint64_t> refusals_{0};
  std::mutex mutex_;
  std::array<Reason, 5> reasons_;
};

}  // namespace net
