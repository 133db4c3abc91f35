#pragma once

#include <span>
#include <string>

#include "api/ledger_codec.h"
#include "cli/cost/flags.h"

namespace cli {

/// The entries in the form asked for: groups and totals (table, json) or one line per attempt (csv, focus).
/// Pure.
std::string print_costs(std::span<const api::LedgerEntry> entries, const CostFlags& flags, base::Time now);

}  // namespace cli
