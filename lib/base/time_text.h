#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"

namespace base {

/// "2026-11-23T16:22:48Z" (metav1.Time: whole seconds, rounded down).
std::string format_time(Time t);
/// "2026-11-23T16:22:48.123456Z" (metav1.MicroTime).
std::string format_micro_time(Time t);
/// Parses RFC 3339 with any fraction and any offset. Malformed on anything else.
Result<Time> parse_time(std::string_view text);

/// Parses a Go duration as Kubernetes users write it: "300ms", "1.5h", "2h45m", "0s". Units ns us ms s m h,
/// and "d" for 24 hours. Invalid on anything else, on negative values and above 100 years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// The shortest such text: "1h30m", "10s", "0s".
std::string format_duration(std::chrono::milliseconds d);

}  // namespace base
