#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "api/ledger_codec.h"
#include "cli/cost/flags.h"
#include "market/money.h"

namespace cli {

/// What one group cost in one currency.
struct CostRow {
  std::string group = {};  ///< "namespace/claim", a provider, a namespace, a country; "" where it is unknown
  std::string currency = {};
  std::int64_t attempts = 0;
  std::int64_t running = 0;  ///< of them, still holding GPUs
  std::int64_t gpu_seconds = 0;
  market::Money cost = {};
};

struct CostSummary {
  std::vector<CostRow> rows;    ///< by currency, then the dearest first, then by name
  std::vector<CostRow> totals;  ///< one per currency
};
/// Pure. Sums are exact to the micro-unit; those that do not fit 64 bits stay at the largest number.
CostSummary summarise(std::span<const api::LedgerEntry> entries, CostGroup by);

/// "0.5", "12.345679": GPU-seconds as GPU-hours, to six decimals, rounded to the nearest.
std::string gpu_hours_text(std::int64_t gpu_seconds);

}  // namespace cli
