#include "market/gpu_labels.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace market {
namespace {

using Labels = std::span<const std::pair<std::string, std::string>>;

enum class Dialect { kPlain, kGke, kCoreWeave };

struct LabelKey {
  std::string_view key;
  std::string_view memory_key;  ///< MiB; "" where the dialect has none
  Dialect dialect = Dialect::kPlain;
};

constexpr std::array kKeys{
    LabelKey{"nvidia.com/gpu.product", "nvidia.com/gpu.memory"},
    LabelKey{"cloud.google.com/gke-accelerator", "", Dialect::kGke},
    LabelKey{"gpu.nvidia.com/model", "", Dialect::kCoreWeave},
    LabelKey{"gpu.nvidia.com/class", "", Dialect::kCoreWeave},
    LabelKey{"nebius.com/gpu-name", ""},
    LabelKey{"karpenter.k8s.aws/instance-gpu-name", "karpenter.k8s.aws/instance-gpu-memory"},
    LabelKey{"eks.amazonaws.com/instance-gpu-name", "eks.amazonaws.com/instance-gpu-memory"},
    LabelKey{"karpenter.azure.com/sku-gpu-name", ""},
    LabelKey{"crusoe.ai/instance.class", ""},
    LabelKey{"skypilot.co/accelerator", ""},
};

const std::string* find(Labels labels, std::string_view key) {
  const auto at = std::ranges::find(labels, key, &std::pair<std::string, std::string>::first);
  return at == labels.end() ? nullptr : &at->second;
}

std::int64_t number(Labels labels, std::string_view key) {
  const std::string* text = key.empty() ? nullptr : find(labels, key);
  std::int64_t value = 0;
  if (text != nullptr) std::from_chars(text->data(), text->data() + text->size(), value);
  return std::clamp<std::int64_t>(value, 0, 10'000'000);
}

GpuIdentity read(const LabelKey& label, const std::string& value, std::int64_t memory_mib) {
  if (label.dialect == Dialect::kGke) {
    if (!value.starts_with("nvidia-")) return {};  // CoreWeave writes its own values under this key
    GpuIdentity gpu = identify_gpu(value, value == "nvidia-tesla-a100" ? 40 * 1024 : 0);
    const bool board = gpu.model == "A100" || gpu.model == "H100" || gpu.model == "H200";
    // GKE sells these only as SXM modules.
    if (!board || !gpu.form.empty()) return gpu;
    gpu.form = "SXM";
    if (gpu.model == "H100") gpu.memory_gib = 80;
    return gpu;
  }
  if (label.dialect == Dialect::kCoreWeave && value == "A100_NVLINK") return identify_gpu(value, 40 * 1024);
  return identify_gpu(value, memory_mib);
}

bool is_shared(Labels labels) {
  const std::string* sharing = find(labels, "nvidia.com/gpu.sharing-strategy");
  return number(labels, "nvidia.com/gpu.replicas") > 1 || (sharing != nullptr && *sharing != "none") ||
         find(labels, "cloud.google.com/gke-gpu-partition-size") != nullptr ||
         number(labels, "cloud.google.com/gke-max-shared-clients-per-gpu") > 1;
}

}  // namespace

GpuIdentity identify_node_gpu(Labels labels) {
  GpuIdentity out;
  for (const LabelKey& label : kKeys) {
    const std::string* value = find(labels, label.key);
    if (value == nullptr || value->empty()) continue;
    GpuIdentity gpu = read(label, *value, number(labels, label.memory_key));
    const bool shared = gpu.shared || out.shared;
    if (out.product.empty() || !gpu.model.empty()) out = std::move(gpu);
    out.shared = shared;
    if (!out.model.empty()) break;
  }
  out.shared = out.shared || is_shared(labels);
  return out;
}

}  // namespace market
