#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "market/gpu.h"

namespace market {

using NodeLabels = std::span<const std::pair<std::string, std::string>>;

/// The labels that name a node's GPUs, the most trusted first.
///
/// | label                                     | written by            | example                  |
/// |-------------------------------------------|-----------------------|--------------------------|
/// | nvidia.com/gpu.product                    | GPU Feature Discovery | NVIDIA-H100-80GB-HBM3    |
/// | cloud.google.com/gke-accelerator          | GKE ("nvidia-" only)  | nvidia-h100-80gb         |
/// | gpu.nvidia.com/model, gpu.nvidia.com/class| CoreWeave             | H100_NVLINK_80GB         |
/// | nebius.com/gpu-name                       | Nebius                | H100                     |
/// | karpenter.k8s.aws/instance-gpu-name       | Karpenter             | h100                     |
/// | eks.amazonaws.com/instance-gpu-name       | EKS Auto Mode         | a10g                     |
/// | karpenter.azure.com/sku-gpu-name          | AKS                   | A100                     |
/// | crusoe.ai/instance.class                  | Crusoe                | l40s-48gb                |
/// | skypilot.co/accelerator                   | SkyPilot users        | a100-80gb                |
/// | node.kubernetes.io/instance-type          | every cloud           | p5.48xlarge              |
std::span<const std::string_view> gpu_label_keys();

/// The labels that distinguish GPUs of one name: their memory, how they are shared, the processor beside
/// them.
std::span<const std::string_view> gpu_detail_keys();

/// What a node's labels say about its GPUs.
///
/// The model comes from the first label of gpu_label_keys() that exists and is understood. Less trusted
/// labels may add the form or the memory that it leaves open, but never contradict it. A product of GPU
/// Feature Discovery that is not understood leaves the model unknown whatever the others say: it is the
/// driver's own word. The memory label beside a name (nvidia.com/gpu.memory, gpu.nvidia.com/vram, Karpenter's
/// -memory) overrides the name's own figure; it may be in MiB or in GB. Every sign of sharing counts, from
/// any source.
GpuIdentity identify_node_gpu(NodeLabels labels);

/// The same with another order of trust, and only these labels. A label that is not built in is read as a
/// plain name. Without keys, the built-in order holds.
GpuIdentity identify_node_gpu(NodeLabels labels, std::span<const std::string> keys);

}  // namespace market
