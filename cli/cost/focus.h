#pragma once

#include <span>
#include <string>

#include "api/ledger_codec.h"
#include "base/clock.h"

namespace cli {

/// The entries as a FOCUS 1.2 cost and usage file (focus.finops.org): a line of column names and one per
/// attempt, as CSV. A running attempt is charged up to `now`. Unknown values (the provider's account
/// and invoice numbers, a list price where the contract's was charged) are empty, which FOCUS reads as null:
/// see docs/cli.md. The billing period is the calendar month in UTC in which the attempt ended.
std::string focus_csv(std::span<const api::LedgerEntry> entries, base::Time now);

}  // namespace cli
