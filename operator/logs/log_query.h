#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace op {

/// Which part of a log is wanted, as in the query of /containerLogs and pods/log.
struct LogQuery {
  std::optional<std::int64_t> tail_lines = std::nullopt;
  std::optional<base::Time> since = std::nullopt;  ///< sinceTime, or now less sinceSeconds
  bool timestamps = false;
  std::optional<std::int64_t> limit_bytes = std::nullopt;
};

/// Cuts `query` out of a log each of whose lines begins with its time and a blank. Lines without a time
/// belong to the line before them. As a kubelet does: a limit cuts the last line.
std::string select_log(std::string_view stamped, const LogQuery& query);

}  // namespace op
