#pragma once

#include <chrono>
#include <optional>

#include "burst/burst.h"

namespace burst {

/// What the present attempt has cost so far, from the moment its twin held GPUs; in the claim's currency.
market::Money running_cost(const Burst& burst, base::Time now);

/// When cost_so_far is to be written again, counted from `now`: 0 is at once, nullopt never (nothing runs, or
/// it is free). A minute after the last time at first, later when the attempt is a quarter older than then,
/// every ten minutes at last.
std::optional<std::chrono::milliseconds> cost_note_due(const Burst& burst, base::Time now);

}  // namespace burst
