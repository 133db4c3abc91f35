#pragma once

#include <span>

#include "market/match.h"

namespace market {

/// True when all GPUs of a node of this kind are joined by NVLink.
bool has_nvlink(const GpuIdentity& gpu);

}  // namespace market
