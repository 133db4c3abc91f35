#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "market/gpu.h"

namespace market {

/// What a node's labels say about its GPUs. Reads the first label of the dialects below that is there and
/// understood, in the order of trust; an untrusted or missing one leaves the model unknown.
///
/// | label                                     | written by            | example                  |
/// |-------------------------------------------|-----------------------|--------------------------|
/// | nvidia.com/gpu.product (+ .memory)        | GPU Feature Discovery | NVIDIA-H100-80GB-HBM3    |
/// | cloud.google.com/gke-accelerator          | GKE ("nvidia-" only)  | nvidia-h100-80gb         |
/// | gpu.nvidia.com/model, gpu.nvidia.com/class| CoreWeave             | H100_NVLINK_80GB         |
/// | nebius.com/gpu-name                       | Nebius                | H100                     |
/// | karpenter.k8s.aws/instance-gpu-name       | Karpenter (+ -memory) | h100                     |
/// | eks.amazonaws.com/instance-gpu-name       | EKS Auto Mode         | a10g                     |
/// | karpenter.azure.com/sku-gpu-name          | AKS                   | A100                     |
/// | crusoe.ai/instance.class                  | Crusoe                | l40s-48gb                |
/// | skypilot.co/accelerator                   | SkyPilot users        | a100-80gb                |
GpuIdentity identify_node_gpu(std::span<const std::pair<std::string, std::string>> labels);

}  // namespace market
