#include "market/gpu_labels.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "base/ascii.h"
#include "market/gpu_catalogue.h"
#include "market/gpu_instances.h"

namespace market {
namespace {

constexpr std::string_view kProduct = "nvidia.com/gpu.product";
constexpr std::string_view kMeasuredMemory = "nvidia.com/gpu.memory";
constexpr std::string_view kGke = "cloud.google.com/gke-accelerator";
constexpr std::string_view kCoreWeaveModel = "gpu.nvidia.com/model";
constexpr std::string_view kCoreWeaveClass = "gpu.nvidia.com/class";
constexpr std::string_view kNebius = "nebius.com/gpu-name";
constexpr std::string_view kKarpenter = "karpenter.k8s.aws/instance-gpu-name";
constexpr std::string_view kEks = "eks.amazonaws.com/instance-gpu-name";
constexpr std::string_view kAks = "karpenter.azure.com/sku-gpu-name";
constexpr std::string_view kCrusoe = "crusoe.ai/instance.class";
constexpr std::string_view kSkyPilot = "skypilot.co/accelerator";
constexpr std::string_view kInstanceType = "node.kubernetes.io/instance-type";

constexpr std::array kKeys{kProduct, kGke, kCoreWeaveModel, kCoreWeaveClass, kNebius,      kKarpenter,
                           kEks,     kAks, kCrusoe,         kSkyPilot,       kInstanceType};

/// The meaning of a short name under one label: it is unique there, but not elsewhere.
struct Meaning {
  std::string_view key;
  std::string_view value;  ///< lower case
  std::string_view gpu;    ///< as identify_gpu reads it
};
constexpr Meaning kMeanings[] = {
    {kGke, "nvidia-tesla-v100", "V100-16GB"},
    {kGke, "nvidia-tesla-a100", "A100-SXM4-40GB"},
    {kGke, "nvidia-a100-80gb", "A100-SXM4-80GB"},
    {kGke, "nvidia-h100-80gb", "H100-SXM5-80GB"},
    {kGke, "nvidia-h200-141gb", "H200-SXM"},
    {kCoreWeaveModel, "a100_nvlink", "A100-SXM4-40GB"},
    {kCoreWeaveClass, "a100_nvlink", "A100-SXM4-40GB"},
    {kCoreWeaveModel, "tesla_v100_nvlink", "V100-SXM2-16GB"},
    {kCoreWeaveClass, "tesla_v100_nvlink", "V100-SXM2-16GB"},
    {kNebius, "h100", "H100-SXM5-80GB"},
    {kNebius, "h200", "H200-SXM"},
    {kKarpenter, "h100", "H100-SXM5-80GB"},
    {kEks, "h100", "H100-SXM5-80GB"},
    {kKarpenter, "h200", "H200-SXM"},
    {kEks, "h200", "H200-SXM"},
    {kSkyPilot, "a100", "A100-40GB"},
    {kSkyPilot, "v100", "V100-16GB"},
    {kSkyPilot, "gh200", "GH200-96GB"},
};

constexpr std::string_view kVram = "gpu.nvidia.com/vram";
constexpr std::string_view kKarpenterMemory = "karpenter.k8s.aws/instance-gpu-memory";
constexpr std::string_view kEksMemory = "eks.amazonaws.com/instance-gpu-memory";
constexpr std::string_view kAksMemory = "karpenter.azure.com/sku-gpu-memory";

/// The label with the memory of the GPU that another label names.
struct MemoryLabel {
  std::string_view of;
  std::string_view key;
};
constexpr MemoryLabel kMemoryLabels[] = {
    {kCoreWeaveModel, kVram}, {kCoreWeaveClass, kVram}, {kKarpenter, kKarpenterMemory},
    {kEks, kEksMemory},       {kAks, kAksMemory},
};

constexpr std::string_view kReplicas = "nvidia.com/gpu.replicas";
constexpr std::string_view kSharing = "nvidia.com/gpu.sharing-strategy";
constexpr std::string_view kGkePartition = "cloud.google.com/gke-gpu-partition-size";
constexpr std::string_view kGkeSharing = "cloud.google.com/gke-gpu-sharing-strategy";
constexpr std::string_view kGkeClients = "cloud.google.com/gke-max-shared-clients-per-gpu";
constexpr std::string_view kArchitecture = "kubernetes.io/arch";

constexpr std::array kDetails{kMeasuredMemory, kVram,       kKarpenterMemory, kEksMemory,
                              kAksMemory,      kReplicas,   kSharing,         kGkePartition,
                              kGkeSharing,     kGkeClients, kArchitecture};

const std::string* find(NodeLabels labels, std::string_view key) {
  const auto at = std::ranges::find(labels, key, &std::pair<std::string, std::string>::first);
  return at == labels.end() ? nullptr : &at->second;
}

/// A memory label in MiB; 0 when it is absent or unreadable. "81559", "81", "80GB" and "81920MiB" all
/// occur: a bare number below 1024 can only be gigabytes.
std::int64_t memory_mib(NodeLabels labels, std::string_view key) {
  constexpr std::int64_t kMost = 10'000'000;
  const std::string* text = find(labels, key);
  if (text == nullptr) return 0;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || value <= 0 || value > kMost) return 0;
  const std::string_view unit(end, text->data() + text->size());
  const auto is = [&](auto... units) { return (base::equal_ignoring_case(unit, units) || ...); };
  if (is("mib", "mb", "mi", "m") || (unit.empty() && value >= 1024)) return value;
  return is("gib", "gb", "gi", "g", "") ? value * 1024 : 0;
}

std::int64_t memory_beside(NodeLabels labels, std::string_view key) {
  if (const std::int64_t measured = memory_mib(labels, kMeasuredMemory); measured > 0) return measured;
  const auto found = std::ranges::find(kMemoryLabels, key, &MemoryLabel::of);
  return found == std::end(kMemoryLabels) ? 0 : memory_mib(labels, found->key);
}

GpuIdentity read(NodeLabels labels, std::string_view key, const std::string& value) {
  if (key == kInstanceType) return identify_instance(value);
  const auto found = std::ranges::find_if(
      kMeanings, [&](const Meaning& m) { return m.key == key && base::equal_ignoring_case(value, m.value); });
  GpuIdentity gpu = identify_gpu(found == std::end(kMeanings) ? std::string_view(value) : found->gpu,
                                 memory_beside(labels, key));
  gpu.product = value;
  return gpu;
}

/// Fills in what is still unknown. A label that differs anywhere is about other GPUs and is ignored.
void refine(GpuIdentity& gpu, const GpuIdentity& other) {
  if (gpu.model.empty() || gpu.model != other.model) return;
  const bool same_form = gpu.form.empty() || other.form.empty() || gpu.form == other.form;
  const bool same_memory = gpu.memory_gib == 0 || other.memory_gib == 0 || gpu.memory_gib == other.memory_gib;
  if (!same_form || !same_memory) return;
  if (gpu.form.empty()) gpu.form = other.form;
  if (gpu.memory_gib == 0) gpu.memory_gib = other.memory_gib;
}

/// A memory too small for the card is that of a slice: with MIG strategy "single" the labels describe the
/// slice, in some versions without a name that says so. Whole nodes carry that strategy too.
bool is_slice(NodeLabels labels, const GpuIdentity& gpu) {
  const CatalogueEntry* entry = find_model(gpu.model);
  const std::int64_t measured = memory_mib(labels, kMeasuredMemory);
  if (entry == nullptr || measured == 0) return false;
  const std::int64_t named = identify_gpu(gpu.product, 0).memory_gib;
  const std::int64_t whole = (named > 0 ? named : entry->sizes.front()) * 1024;
  const std::string* strategy = find(labels, "nvidia.com/mig.strategy");
  const std::int64_t percent = strategy != nullptr && *strategy == "single" ? 90 : 75;
  return measured * 100 < whole * percent;
}

bool is_shared(NodeLabels labels) {
  const std::string* replicas = find(labels, kReplicas);
  const std::string* sharing = find(labels, kSharing);
  return (replicas != nullptr && *replicas != "0" && *replicas != "1") ||
         (sharing != nullptr && *sharing != "none") || find(labels, kGkePartition) != nullptr ||
         find(labels, kGkeSharing) != nullptr || find(labels, kGkeClients) != nullptr;
}

template <typename Key>
GpuIdentity identify(NodeLabels labels, std::span<const Key> keys) {
  GpuIdentity out;
  bool open = true;  // no label has settled the model yet
  for (const std::string_view key : keys) {
    const std::string* value = find(labels, key);
    if (value == nullptr || value->empty()) continue;
    // CoreWeave nodes may carry CoreWeave's names under GKE's key.
    if (key == kGke && !value->starts_with("nvidia-")) continue;
    GpuIdentity gpu = read(labels, key, *value);
    const bool shared = out.shared || gpu.shared || is_slice(labels, gpu);
    const bool settles = !gpu.model.empty() || key == kProduct;
    if (open && (settles || out.product.empty())) {
      open = !settles;
      out = std::move(gpu);
    } else if (key != kSkyPilot) {  // people write that one by hand
      refine(out, gpu);
    }
    out.shared = shared;
  }
  out.shared = out.shared || is_shared(labels);
  const std::string* arch = find(labels, kArchitecture);
  if (arch != nullptr && !arch->empty()) out.cpu_architecture = *arch;
  return out;
}

}  // namespace

std::span<const std::string_view> gpu_label_keys() { return kKeys; }

std::span<const std::string_view> gpu_detail_keys() { return kDetails; }

GpuIdentity identify_node_gpu(NodeLabels labels) { return identify(labels, gpu_label_keys()); }

GpuIdentity identify_node_gpu(NodeLabels labels, std::span<const std::string> keys) {
  return keys.empty() ? identify_node_gpu(labels) : identify(labels, keys);
}

}  // namespace market
