#pragma once

#include <array>

#include "base/metrics.h"
#include "extender/verdict.h"

namespace extender {

/// Every series starts at zero.
struct ServiceMetrics {
  std::array<prometheus::Counter*, 6> filter_results{};  ///< by FilterResult
  prometheus::Counter* filter_error = nullptr;
  prometheus::Counter* preempt_held = nullptr;
  prometheus::Counter* preempt_home = nullptr;
  prometheus::Counter* preempt_error = nullptr;
  prometheus::Histogram* filter_seconds = nullptr;
  prometheus::Histogram* preempt_seconds = nullptr;

  prometheus::Counter& filter_result(FilterResult result) {
    return *filter_results[static_cast<std::size_t>(result)];
  }
};
ServiceMetrics& service_metrics();

}  // namespace extender
