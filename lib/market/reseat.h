#pragma once

#include <cstdint>
#include <vector>

#include "market/batch.h"

namespace market {

/// Finds the best seats for these pods while all others keep theirs: branch and bound, exact unless it needs
/// more than `steps`. It subtracts the steps it used. The batch is never left worse. True when it is
/// better now.
bool reseat(Batch& batch, std::vector<std::size_t> pods, std::int64_t& steps);

}  // namespace market
