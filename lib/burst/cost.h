#pragma once

#include <chrono>
#include <optional>

#include "burst/burst.h"

namespace burst {

/// What the present attempt has cost so far, from the moment its twin held GPUs; in the claim's currency.
market::Money running_cost(const Burst& burst, base::Time now);

/// When to write cost_so_far again, counted from `now`: 0 is at once, nullopt never (nothing runs, or
/// it is free). At first a minute after the last time, then each time the attempt is a quarter older,
/// at last every ten minutes.
std::optional<std::chrono::milliseconds> cost_note_due(const Burst& burst, base::Time now);

}  // namespace burst
