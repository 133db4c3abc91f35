#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"

namespace cli {

enum class CostFormat { kTable, kCsv, kFocus, kJson };
enum class CostGroup { kClaim, kProvider, kNamespace, kCountry };

/// The flags of `cost` as they were typed.
struct CostFlags {
  std::string since = {};
  std::string until = {};
  bool all_namespaces = false;
  std::optional<CostGroup> by = {};  ///< nullopt: by claim
  CostFormat format = CostFormat::kTable;
};

/// A span of time: from `since` on, before `until`.
struct CostPeriod {
  std::optional<base::Time> since = {};
  std::optional<base::Time> until = {};
};

/// "7d", "36h" before `now`; "2026-11-01" (that day's beginning in UTC); a whole RFC 3339 time. Invalid names
/// the flag and the fix, also where the period is empty, and where `by` has no effect on the format.
base::Result<CostPeriod> check_cost_flags(const CostFlags& flags, base::Time now);

}  // namespace cli
