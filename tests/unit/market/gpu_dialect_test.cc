// How each cloud names its GPUs: labels, machine types and price lists. One row a name that is published.
#include <gtest/gtest.h>

#include "market/gpu_catalogue.h"
#include "market/gpu_instances.h"
#include "market/gpu_labels.h"

namespace market::gpu_dialect_test {

constexpr const char* kGke = "cloud.google.com/gke-accelerator";
constexpr const char* kClass = "gpu.nvidia.com/class";
constexpr const char* kNebius = "nebius.com/gpu-name";
constexpr const char* kKarpenter = "karpenter.k8s.aws/instance-gpu-name";
constexpr const char* kAutoMode = "eks.amazonaws.com/instance-gpu-name";
constexpr const char* kAks = "karpenter.azure.com/sku-gpu-name";
constexpr const char* kCrusoe = "crusoe.ai/instance.class";
constexpr const char* kSkyPilot = "skypilot.co/accelerator";

using Labels = std::vector<std::pair<std::string, std::string>>;

struct Row {
  const char* key;
  const char* value;
  const char* model;
  const char* form;
  std::int64_t memory_gib;
};

void expect(const GpuIdentity& gpu, const Row& row) {
  EXPECT_EQ(gpu.model, row.model) << row.key << "=" << row.value;
  EXPECT_EQ(gpu.form, row.form) << row.key << "=" << row.value;
  EXPECT_EQ(gpu.memory_gib, row.memory_gib) << row.key << "=" << row.value;
  EXPECT_FALSE(gpu.shared) << row.key << "=" << row.value;
  EXPECT_EQ(gpu.product, row.value);
}

TEST(GpuDialect, EveryLabelIsUnderstood) {
  const Row rows[] = {
      {kGke, "nvidia-tesla-v100", "V100", "", 16},
      {kGke, "nvidia-tesla-t4", "T4", "PCIe", 16},
      {kGke, "nvidia-l4", "L4", "PCIe", 24},
      {kGke, "nvidia-tesla-a100", "A100", "SXM", 40},
      {kGke, "nvidia-a100-80gb", "A100", "SXM", 80},
      {kGke, "nvidia-h100-80gb", "H100", "SXM", 80},
      {kGke, "nvidia-h100-mega-80gb", "H100", "SXM", 80},
      {kGke, "nvidia-h200-141gb", "H200", "SXM", 141},
      {kGke, "nvidia-b200", "B200", "SXM", 180},
      {kGke, "nvidia-gb200", "GB200", "", 186},
      {kGke, "nvidia-rtx-pro-6000", "RTX PRO 6000", "PCIe", 96},
      {kClass, "Tesla_V100_NVLINK", "V100", "SXM", 16},
      {kClass, "A40", "A40", "PCIe", 48},
      {kClass, "RTX_A6000", "RTX A6000", "PCIe", 48},
      {kClass, "A100_NVLINK", "A100", "SXM", 40},
      {kClass, "A100_PCIE_40GB", "A100", "PCIe", 40},
      {kClass, "A100_NVLINK_80GB", "A100", "SXM", 80},
      {kClass, "A100_PCIE_80GB", "A100", "PCIe", 80},
      {kClass, "H100_PCIE", "H100", "PCIe", 80},
      {kClass, "H100_NVLINK_80GB", "H100", "SXM", 80},
      {kClass, "H200", "H200", "", 141},
      {kClass, "H100SXM-80", "H100", "SXM", 80},    // Ori
      {kClass, "H200SXM-141", "H200", "SXM", 141},  // Ori
      {kNebius, "L40S", "L40S", "PCIe", 48},
      {kNebius, "H100", "H100", "SXM", 80},
      {kNebius, "H200", "H200", "SXM", 141},
      {kNebius, "B200", "B200", "SXM", 180},
      {kNebius, "B300", "B300", "SXM", 270},
      {kKarpenter, "v100", "V100", "", 0},  // p3 or p3dn
      {kKarpenter, "t4", "T4", "PCIe", 16},
      {kKarpenter, "l4", "L4", "PCIe", 24},
      {kKarpenter, "l40s", "L40S", "PCIe", 48},
      {kKarpenter, "a10g", "A10G", "PCIe", 24},
      {kKarpenter, "a100", "A100", "", 0},  // p4d or p4de
      {kKarpenter, "h100", "H100", "SXM", 80},
      {kKarpenter, "h200", "H200", "SXM", 141},
      {kKarpenter, "b200", "B200", "SXM", 180},
      {kKarpenter, "b300", "B300", "SXM", 270},
      {kAutoMode, "h100", "H100", "SXM", 80},
      {kAutoMode, "a10g", "A10G", "PCIe", 24},
      {kAks, "V100", "V100", "", 0},
      {kAks, "T4", "T4", "PCIe", 16},
      {kAks, "A100", "A100", "", 0},
      {kAks, "H100", "H100", "", 0},
      {kCrusoe, "l40s-48gb", "L40S", "PCIe", 48},
      {kCrusoe, "h200-141gb-sxm-ib", "H200", "SXM", 141},
      {kCrusoe, "b200-180gb-sxm-ib", "B200", "SXM", 180},
      {kCrusoe, "gb200-186gb-nvl-ib", "GB200", "", 186},
      {kSkyPilot, "a100", "A100", "", 40},
      {kSkyPilot, "a100-80gb", "A100", "", 80},
      {kSkyPilot, "v100", "V100", "", 16},
      {kSkyPilot, "v100-32gb", "V100", "", 32},
      {kSkyPilot, "h100", "H100", "", 0},
      {kSkyPilot, "h100-80gb", "H100", "", 80},
      {kSkyPilot, "h100-mega", "H100", "SXM", 80},
      {kSkyPilot, "gh200", "GH200", "", 96},
      {kSkyPilot, "h200", "H200", "", 141},
      {kSkyPilot, "b200", "B200", "SXM", 180},
      {kSkyPilot, "gb200", "GB200", "", 186},
      {kSkyPilot, "rtx-a6000", "RTX A6000", "PCIe", 48},
      {kSkyPilot, "rtx-pro-6000", "RTX PRO 6000", "PCIe", 96},
  };
  for (const Row& row : rows) expect(identify_node_gpu(Labels{{row.key, row.value}}), row);
}

TEST(GpuDialect, EveryMachineTypeIsUnderstood) {
  const Row rows[] = {
      {"aws", "p3.2xlarge", "V100", "SXM", 16},
      {"aws", "p3dn.24xlarge", "V100", "SXM", 32},
      {"aws", "g4dn.xlarge", "T4", "PCIe", 16},
      {"aws", "g4dn.metal", "T4", "PCIe", 16},
      {"aws", "g5.48xlarge", "A10G", "PCIe", 24},
      {"aws", "g6.12xlarge", "L4", "PCIe", 24},
      {"aws", "g6e.48xlarge", "L40S", "PCIe", 48},
      {"aws", "g7e.2xlarge", "RTX PRO 6000", "PCIe", 96},
      {"aws", "p4d.24xlarge", "A100", "SXM", 40},
      {"aws", "p4de.24xlarge", "A100", "SXM", 80},
      {"aws", "p5.48xlarge", "H100", "SXM", 80},
      {"aws", "p5e.48xlarge", "H200", "SXM", 141},
      {"aws", "p5en.48xlarge", "H200", "SXM", 141},
      {"aws", "p6-b200.48xlarge", "B200", "SXM", 180},
      {"aws", "p6-b300.48xlarge", "B300", "SXM", 270},
      {"aws", "p6e-gb200.36xlarge", "GB200", "", 186},
      {"gcp", "a2-highgpu-8g", "A100", "SXM", 40},
      {"gcp", "a2-megagpu-16g", "A100", "SXM", 40},
      {"gcp", "a2-ultragpu-4g", "A100", "SXM", 80},
      {"gcp", "a3-highgpu-8g", "H100", "SXM", 80},
      {"gcp", "a3-edgegpu-8g", "H100", "SXM", 80},
      {"gcp", "a3-megagpu-8g", "H100", "SXM", 80},
      {"gcp", "a3-ultragpu-8g", "H200", "SXM", 141},
      {"gcp", "a4-highgpu-8g", "B200", "SXM", 180},
      {"gcp", "a4x-highgpu-4g", "GB200", "", 186},
      {"gcp", "g2-standard-48", "L4", "PCIe", 24},
      {"azure", "Standard_NC6s_v3", "V100", "", 16},
      {"azure", "Standard_NC24rs_v3", "V100", "", 16},
      {"azure", "Standard_ND40rs_v2", "V100", "SXM", 32},
      {"azure", "Standard_NC64as_T4_v3", "T4", "PCIe", 16},
      {"azure", "Standard_NC32ads_A10_v4", "A10", "PCIe", 24},
      {"azure", "Standard_NV36ads_A10_v5", "A10", "PCIe", 24},
      {"azure", "Standard_NV72ads_A10_v5", "A10", "PCIe", 24},
      {"azure", "Standard_ND96asr_v4", "A100", "SXM", 40},
      {"azure", "Standard_ND96amsr_A100_v4", "A100", "SXM", 80},
      {"azure", "Standard_NC24ads_A100_v4", "A100", "PCIe", 80},
      {"azure", "Standard_ND96isr_H100_v5", "H100", "SXM", 80},
      {"azure", "Standard_NC40ads_H100_v5", "H100", "NVL", 94},
      {"azure", "Standard_NC80adis_H100_v5", "H100", "NVL", 94},
      {"azure", "Standard_ND96isr_H200_v5", "H200", "SXM", 141},
      {"azure family", "NCs_v3", "V100", "", 16},
      {"azure family", "NDrs_v2", "V100", "SXM", 32},
      {"azure family", "NCas_T4_v3", "T4", "PCIe", 16},
      {"azure family", "NCads_A10_v4", "A10", "PCIe", 24},
      {"azure family", "NDasr_v4", "A100", "SXM", 40},
      {"azure family", "NCads_A100_v4", "A100", "PCIe", 80},
      {"azure family", "NDamsr_A100_v4", "A100", "SXM", 80},
      {"azure family", "NDisr_H100_v5", "H100", "SXM", 80},
      {"azure family", "NCads_H100_v5", "H100", "NVL", 94},
      {"azure family", "NCadis_H100_v5", "H100", "NVL", 94},
      {"azure family", "NDisr_H200_v5", "H200", "SXM", 141},
      {"coreweave", "gd-8xh100ib-i128", "H100", "SXM", 80},
      {"coreweave", "gd-8xh200ib-i128", "H200", "SXM", 141},
      {"coreweave", "gd-8xl40-i128", "L40", "PCIe", 48},
      {"coreweave", "gd-8xl40s-i128", "L40S", "PCIe", 48},
      {"coreweave", "b200-8x", "B200", "SXM", 180},
      {"coreweave", "b300-8x", "B300", "SXM", 270},
      {"coreweave", "gb200-4x", "GB200", "", 186},
      {"coreweave", "gb300-4x", "GB300", "", 278},
      {"nebius", "gpu-h100-sxm", "H100", "SXM", 80},
      {"nebius", "gpu-h200-sxm", "H200", "SXM", 141},
      {"nebius", "gpu-b200-sxm", "B200", "SXM", 180},
      {"nebius", "gpu-b200-sxm-a", "B200", "SXM", 180},
      {"nebius", "gpu-b300-sxm", "B300", "SXM", 270},
      {"nebius", "gpu-gb300", "GB300", "", 278},
      {"nebius", "gpu-l40s-a", "L40S", "PCIe", 48},
      {"nebius", "gpu-l40s-d", "L40S", "PCIe", 48},
      {"nebius", "gpu-rtx6000", "RTX PRO 6000", "PCIe", 96},
      {"crusoe", "l40s-48gb.10x", "L40S", "PCIe", 48},
      {"crusoe", "h200-141gb-sxm-ib.8x", "H200", "SXM", 141},
      {"crusoe", "b200-180gb-sxm-ib.8x", "B200", "SXM", 180},
      {"crusoe", "gb200-186gb-nvl-ib.4x", "GB200", "", 186},
      {"lambda", "gpu_8x_v100_n", "V100", "SXM", 16},
      {"lambda", "gpu_1x_a10", "A10", "PCIe", 24},
      {"lambda", "gpu_1x_a6000", "RTX A6000", "PCIe", 48},
      {"lambda", "gpu_1x_a100_sxm4", "A100", "SXM", 40},
      {"lambda", "gpu_8x_a100_80gb_sxm4", "A100", "SXM", 80},
      {"lambda", "gpu_1x_h100_pcie", "H100", "PCIe", 80},
      {"lambda", "gpu_8x_h100_sxm5", "H100", "SXM", 80},
      {"lambda", "gpu_1x_gh200", "GH200", "", 96},
      {"lambda", "gpu_8x_b200_sxm6", "B200", "SXM", 180},
  };
  for (const Row& row : rows) {
    expect(identify_instance(row.value), row);
    expect(identify_node_gpu(Labels{{"node.kubernetes.io/instance-type", row.value}}), row);
  }
}

TEST(GpuDialect, EveryNameOfPriceListsIsUnderstood) {
  const Row rows[] = {
      {"crusoe", "A40-PCIe-48GB", "A40", "PCIe", 48},
      {"crusoe", "A100-PCIe-40GB", "A100", "PCIe", 40},
      {"crusoe", "A100-PCIe-80GB", "A100", "PCIe", 80},
      {"crusoe", "A100-SXM-80GB", "A100", "SXM", 80},
      {"crusoe", "H100-SXM-80GB", "H100", "SXM", 80},
      {"skypilot", "V100-32GB", "V100", "", 32},
      {"skypilot", "T4", "T4", "PCIe", 16},
      {"skypilot", "L4", "L4", "PCIe", 24},
      {"skypilot", "L40", "L40", "PCIe", 48},
      {"skypilot", "L40S", "L40S", "PCIe", 48},
      {"skypilot", "A10", "A10", "PCIe", 24},
      {"skypilot", "A10G", "A10G", "PCIe", 24},
      {"skypilot", "A40", "A40", "PCIe", 48},
      {"skypilot", "A6000", "RTX A6000", "PCIe", 48},
      {"gpuhunt", "RTXA6000", "RTX A6000", "PCIe", 48},
      {"skypilot", "RTX-A6000", "RTX A6000", "PCIe", 48},
      {"hyperstack", "A100-80G-PCIe", "A100", "PCIe", 80},
      {"seeweb", "A100", "A100", "", 0},  // 80 there, 40 for SkyPilot
      {"hyperstack", "H100-80G-PCIe", "H100", "PCIe", 80},
      {"skypilot", "H100", "H100", "", 0},
      {"skypilot", "H100-80GB", "H100", "", 80},
      {"skypilot", "H100-MEGA", "H100", "SXM", 80},
      {"hyperstack", "H100-80G-SXM5", "H100", "SXM", 80},
      {"skypilot", "NVIDIA_H100_SXM", "H100", "SXM", 80},
      {"gpuhunt", "H100NVL", "H100", "NVL", 94},
      {"skypilot", "H200", "H200", "", 141},
      {"skypilot", "GH200", "GH200", "", 0},
      {"skypilot", "B200", "B200", "SXM", 180},
      {"skypilot", "B300", "B300", "SXM", 270},
      {"skypilot", "GB200", "GB200", "", 186},
      {"verda", "RTX-PRO-6000", "RTX PRO 6000", "PCIe", 96},
      {"gpuhunt", "RTXPRO6000", "RTX PRO 6000", "PCIe", 96},
      {"seeweb", "RTX PRO 6000 96GB", "RTX PRO 6000", "PCIe", 96},
  };
  for (const Row& row : rows) expect(identify_gpu(row.value, 0), row);
}

TEST(GpuDialect, TheCatalogueTellsHowCardsAreJoinedAndWhatCpuTheyNeed) {
  struct Joined {
    const char* product;
    const char* interconnect;
    const char* compute;
    const char* cpu;
  };
  const Joined rows[] = {
      {"Tesla-V100-SXM2-32GB", "NVLink", "7.0", "amd64"},
      {"Tesla-V100-PCIE-16GB", "PCIe", "7.0", "amd64"},
      {"Tesla-T4", "PCIe", "7.5", "amd64"},
      {"NVIDIA-A100-SXM4-80GB", "NVLink", "8.0", "amd64"},
      {"NVIDIA-A100-80GB-PCIe", "PCIe", "8.0", "amd64"},
      {"NVIDIA-A100", "", "8.0", "amd64"},
      {"NVIDIA-RTX-A6000", "PCIe", "8.6", "amd64"},
      {"NVIDIA-L40S", "PCIe", "8.9", "amd64"},
      {"NVIDIA-H100-PCIe", "PCIe", "9.0", "amd64"},
      {"NVIDIA-H100-80GB-HBM3", "NVLink", "9.0", "amd64"},
      {"NVIDIA-H100-NVL", "NVLink bridge", "9.0", "amd64"},
      {"H100", "", "9.0", "amd64"},
      {"NVIDIA-H200", "NVLink", "9.0", "amd64"},
      {"NVIDIA-H200-NVL", "NVLink bridge", "9.0", "amd64"},
      {"NVIDIA-GH200-480GB", "NVLink-C2C", "9.0", "arm64"},
      {"NVIDIA-B200", "NVLink", "10.0", "amd64"},
      {"NVIDIA-B300-SXM6-AC", "NVLink", "10.3", "amd64"},
      {"NVIDIA-GB200", "NVL72", "10.0", "arm64"},
      {"NVIDIA-GB300", "NVL72", "10.3", "arm64"},
      {"NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", "PCIe", "12.0", "amd64"},
  };
  for (const Joined& row : rows) {
    const GpuIdentity gpu = identify_gpu(row.product, 0);
    EXPECT_EQ(to_string(interconnect_of(gpu)), row.interconnect) << row.product;
    EXPECT_EQ(gpu.cpu_architecture, row.cpu) << row.product;
    ASSERT_NE(find_model(gpu.model), nullptr) << row.product;
    EXPECT_EQ(find_model(gpu.model)->model.compute_capability, row.compute) << row.product;
  }
  EXPECT_EQ(to_string(interconnect_of({})), "");
}

}  // namespace market::gpu_dialect_test
