#include "market/azure_sizes.h"

#include <algorithm>

#include "base/ascii.h"

namespace market {
namespace {

constexpr AzureSize kSizes[] = {
    {"NC6s_v3", 1, "V100", "PCIe", 16},
    {"NC12s_v3", 2, "V100", "PCIe", 16},
    {"NC24s_v3", 4, "V100", "PCIe", 16},
    {"NC24rs_v3", 4, "V100", "PCIe", 16},
    {"ND40rs_v2", 8, "V100", "SXM", 32},
    {"NC4as_T4_v3", 1, "T4", "PCIe", 16},
    {"NC8as_T4_v3", 1, "T4", "PCIe", 16},
    {"NC16as_T4_v3", 1, "T4", "PCIe", 16},
    {"NC64as_T4_v3", 4, "T4", "PCIe", 16},
    {"NV36ads_A10_v5", 1, "A10", "PCIe", 24},
    {"NV36adms_A10_v5", 1, "A10", "PCIe", 24},
    {"NV72ads_A10_v5", 2, "A10", "PCIe", 24},
    {"NC24ads_A100_v4", 1, "A100", "PCIe", 80},
    {"NC48ads_A100_v4", 2, "A100", "PCIe", 80},
    {"NC96ads_A100_v4", 4, "A100", "PCIe", 80},
    {"ND96asr_v4", 8, "A100", "SXM", 40},
    {"ND96amsr_A100_v4", 8, "A100", "SXM", 80},
    {"NC40ads_H100_v5", 1, "H100", "NVL", 94},
    {"NC80adis_H100_v5", 2, "H100", "NVL", 94},
    {"ND96is_H100_v5", 8, "H100", "SXM", 80},
    {"ND96isr_H100_v5", 8, "H100", "SXM", 80},
    {"ND96isr_H200_v5", 8, "H200", "SXM", 141},
    {"ND128isr_NDR_GB200_v6", 4, "GB200", "", 186},
    {"ND128isr_GB300_v6", 4, "GB300", "", 278},
};

constexpr std::string_view kPrefix = "standard_";

}  // namespace

GpuIdentity AzureSize::gpu() const {
  GpuIdentity identity;
  identity.model = model;
  identity.form = form;
  identity.memory_gib = memory_gib;
  return identity;
}

const AzureSize* find_azure_size(std::string_view arm_sku_name) {
  if (!base::equal_ignoring_case(arm_sku_name.substr(0, kPrefix.size()), kPrefix)) return nullptr;
  arm_sku_name.remove_prefix(kPrefix.size());
  const auto found = std::ranges::find_if(
      kSizes, [&](const AzureSize& size) { return base::equal_ignoring_case(size.name, arm_sku_name); });
  return found == std::end(kSizes) ? nullptr : &*found;
}

}  // namespace market
