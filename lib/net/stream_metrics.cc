#include "net/stream_metrics.h"

#include <prometheus/registry.h>

#include <string>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"

namespace net {
namespace {

constexpr std::chrono::minutes kQuiet{1};

/// In the order of StreamRefusal.
constexpr std::array<const char*, 5> kReasons{"connections", "port", "newcomers", "long_heads", "workers"};

prometheus::Gauge& gauge(const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(base::metrics()).Add({});
}

}  // namespace

StreamMetrics::StreamMetrics()
    : connections(gauge("net_stream_connections", "Connections of clients to stream ports that are open.")),
      streams(gauge("net_streams", "Streams that pass bytes between a client and a server.")) {
  auto& family = prometheus::BuildCounter()
                     .Name("net_stream_refusals_total")
                     .Help("Connections and requests to stream ports that were turned away, by reason.")
                     .Register(base::metrics());
  for (std::size_t i = 0; i < kReasons.size(); ++i)
    reasons_[i].count = &family.Add({{"reason", kReasons[i]}});
}

void StreamMetrics::refused(StreamRefusal why) {
  const auto index = static_cast<std::size_t>(why);
  refusals_.fetch_add(1, std::memory_order_relaxed);
  std::uint64_t count = 0;
  {
    const std::lock_guard lock(mutex_);
    Reason& reason = reasons_[index];
    reason.count->Increment();
    ++reason.untold;
    const auto now = base::system_clock().steady_now();
    if (now < reason.quiet_until) return;
    reason.quiet_until = now + kQuiet;
    count = std::exchange(reason.untold, 0);
  }
  base::log_warning("streams are turned away: too many at once",
                    {{"limit", kReasons[index]}, {"count", std::to_string(count)}});
}

}  // namespace net
