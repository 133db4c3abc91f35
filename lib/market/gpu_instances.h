#pragma once

#include <string_view>

#include "market/gpu.h"

namespace market {

/// The GPUs of a cloud's machine type, as in the label node.kubernetes.io/instance-type: "p5.48xlarge",
/// "a3-highgpu-8g", "Standard_ND96isr_H100_v5", "gd-8xh100ib-i128", "gpu-h100-sxm",
/// "h200-141gb-sxm-ib.8x", "gpu_8x_h100_sxm5". Everything empty for a type that is not known: most types have
/// no GPU, and names look alike (Azure's "Standard_A2" is no A2).
GpuIdentity identify_instance(std::string_view type);

}  // namespace market
