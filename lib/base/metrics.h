#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

namespace base {

/// The process's metric registry (prometheus-cpp). Families are created where they are used. Every label
/// series that is known beforehand starts at zero. Thread-safe.
prometheus::Registry& metrics();

/// All metrics in the Prometheus text exposition format 0.0.4.
std::string metrics_text();

}  // namespace base
