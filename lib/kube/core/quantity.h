#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace kube {

/// Parses a Kubernetes quantity ("8", "500m", "1536Gi", "1e3", "0.5") into whole units, rounded up.
/// Invalid when it is not one; saturates at the range of int64.
base::Result<std::int64_t> parse_quantity(std::string_view text);
/// The same in thousandths (for CPU).
base::Result<std::int64_t> parse_quantity_milli(std::string_view text);

}  // namespace kube
