#include "market/gpu.h"

#include <gtest/gtest.h>

#include "market/gpu_catalogue.h"
#include "market/gpu_labels.h"

namespace market::gpu_test {

struct Case {
  const char* product;
  const char* model;
  const char* form;
  std::int64_t memory_gib;
  bool shared = false;
};

// Values of nvidia.com/gpu.product from public sources, and what they mean without a memory label.
TEST(Gpu, ReadsTheProductsOfGpuFeatureDiscovery) {
  const Case cases[] = {
      {"Tesla-V100-SXM2-16GB", "V100", "SXM", 16},
      {"Tesla-V100-PCIE-16GB", "V100", "PCIe", 16},
      {"Tesla-V100-SXM2-32GB", "V100", "SXM", 32},
      {"Tesla-T4", "T4", "PCIe", 16},
      {"NVIDIA-L4", "L4", "PCIe", 24},
      {"NVIDIA-L40", "L40", "PCIe", 48},
      {"NVIDIA-L40S", "L40S", "PCIe", 48},
      {"NVIDIA-A2", "A2", "PCIe", 16},
      {"NVIDIA-A10", "A10", "PCIe", 24},
      {"NVIDIA-A40", "A40", "PCIe", 48},
      {"NVIDIA-RTX-A4000", "RTX A4000", "PCIe", 16},
      {"NVIDIA-RTX-A5000", "RTX A5000", "PCIe", 24},
      {"NVIDIA-RTX-A6000", "RTX A6000", "PCIe", 48},
      {"NVIDIA-A100-SXM4-80GB", "A100", "SXM", 80},
      {"NVIDIA-A100-80GB-PCIe", "A100", "PCIe", 80},
      {"NVIDIA-A100-PCIE-40GB", "A100", "PCIe", 40},
      {"NVIDIA-A100-80GB-PCIe-MIG-1g.10gb", "A100", "PCIe", 80, true},
      {"NVIDIA-H100-80GB-HBM3", "H100", "SXM", 80},
      {"NVIDIA-H200-NVL", "H200", "NVL", 141},
      {"NVIDIA-GH200-480GB", "GH200", "", 96},
      {"NVIDIA-RTX-5000-Ada-Generation", "RTX 5000 Ada", "PCIe", 32},
      {"NVIDIA-RTX-PRO-6000-Blackwell-Max-Q-Workstation-Edition", "RTX PRO 6000", "PCIe", 96},
      {"NVIDIA-GeForce-RTX-3090", "GeForce RTX 3090", "PCIe", 24},
      {"NVIDIA-GeForce-RTX-4090", "GeForce RTX 4090", "PCIe", 24},
      {"NVIDIA-GeForce-RTX-2080-Ti", "GeForce RTX 2080 Ti", "PCIe", 11},
      {"Quadro-RTX-6000", "Quadro RTX 6000", "PCIe", 24},
      {"Quadro-RTX-8000", "Quadro RTX 8000", "PCIe", 48},
      {"A100-SXM4-40GB", "A100", "SXM", 40},
      {"NVIDIA-A100-SXM4-40GB", "A100", "SXM", 40},
      {"NVIDIA-A10G", "A10G", "PCIe", 24},
      {"NVIDIA-H100-PCIe", "H100", "PCIe", 80},
      {"NVIDIA-H100-NVL", "H100", "NVL", 94},
      {"NVIDIA-H200", "H200", "SXM", 141},
      {"NVIDIA-B200", "B200", "SXM", 180},
      {"NVIDIA-B300-SXM6-AC", "B300", "SXM", 270},
      {"NVIDIA-GB200", "GB200", "", 186},
      {"NVIDIA-GB300", "GB300", "", 278},
      {"NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", "RTX PRO 6000", "PCIe", 96},
      {"NVIDIA-A100-SXM4-40GB-MIG-1g.5gb", "A100", "SXM", 40, true},
      {"Tesla-T4-SHARED", "T4", "PCIe", 16, true},
      {"NVIDIA-A10G-SHARED", "A10G", "PCIe", 24, true},
  };
  for (const Case& c : cases) {
    const GpuIdentity gpu = identify_gpu(c.product, 0);
    EXPECT_EQ(gpu.model, c.model) << c.product;
    EXPECT_EQ(gpu.form, c.form) << c.product;
    EXPECT_EQ(gpu.memory_gib, c.memory_gib) << c.product;
    EXPECT_EQ(gpu.shared, c.shared) << c.product;
    EXPECT_EQ(gpu.product, c.product);
  }
}

TEST(Gpu, MemoryLabelIsRoundedToWhatIsSold) {
  EXPECT_EQ(identify_gpu("NVIDIA-H100-80GB-HBM3", 81'559).memory_gib, 80);
  EXPECT_EQ(identify_gpu("NVIDIA-H100-NVL", 95'830).memory_gib, 94);
  EXPECT_EQ(identify_gpu("NVIDIA-H200", 143'771).memory_gib, 141);
  EXPECT_EQ(identify_gpu("NVIDIA-L40S", 46'068).memory_gib, 48);
  EXPECT_EQ(identify_gpu("NVIDIA-B300-SXM6-AC", 275'040).memory_gib, 270);
  EXPECT_EQ(identify_gpu("NVIDIA-GH200-480GB", 97'871).memory_gib, 96);
  EXPECT_EQ(identify_gpu("NVIDIA-A100", 40'960).memory_gib, 40);
  // Far from every size that is sold: the label counts, never the name's better number.
  EXPECT_EQ(identify_gpu("NVIDIA-A100-SXM4-80GB", 65'536).memory_gib, 64);
}

TEST(Gpu, AmbiguousStaysUnknown) {
  EXPECT_EQ(identify_gpu("NVIDIA-A100", 0).memory_gib, 0) << "40 or 80";
  EXPECT_EQ(identify_gpu("GH200", 0).memory_gib, 0) << "96 or 144";
  EXPECT_EQ(identify_gpu("H100", 0).form, "");
  EXPECT_EQ(identify_gpu("H100", 0).memory_gib, 0) << "80 or 94";
  for (const char* text : {"", "RTX-6000", "NVIDIA-RTX-6000", "H100-Lite", "NVIDIA-H1000", "NVIDIA-A100X",
                           "L40SX", "A100-H100", "Radeon", "---", "NVIDIA", "H", "NVIDIA-RTX-A6000-Ada"}) {
    EXPECT_EQ(identify_gpu(text, 0).model, "") << text;
    EXPECT_FALSE(canonical_model(text)) << text;
  }
}

TEST(Gpu, ReadsPeoplesSpellings) {
  const std::pair<const char*, const char*> cases[] = {{"h100", "H100"},
                                                       {"H100-SXM", "H100"},
                                                       {"H100SXM5", "H100"},
                                                       {"H100NVL", "H100"},
                                                       {"H100_NVLINK_80GB", "H100"},
                                                       {"nvidia-h100-mega-80gb", "H100"},
                                                       {"H100SXM-80", "H100"},
                                                       {"gpu_8x_h100_sxm5", "H100"},
                                                       {"h200-141gb-sxm-ib.8x", "H200"},
                                                       {"RTXA6000", "RTX A6000"},
                                                       {"A6000", "RTX A6000"},
                                                       {"RTXPRO6000", "RTX PRO 6000"},
                                                       {"RTX PRO 6000 96GB", "RTX PRO 6000"},
                                                       {"RTX 6000 Ada Generation", "RTX 6000 Ada"},
                                                       {"RTX4090", "GeForce RTX 4090"},
                                                       {"GB200 NVL72", "GB200"},
                                                       {"Tesla_V100_NVLINK", "V100"},
                                                       {"l40s-48gb", "L40S"}};
  for (const auto& [text, model] : cases) EXPECT_EQ(canonical_model(text).value_or("?"), model) << text;
}

TEST(Gpu, EveryModelIsItsOwnCanonicalName) {
  for (const CatalogueEntry& entry : catalogue()) {
    EXPECT_EQ(canonical_model(entry.model.name).value_or("?"), entry.model.name);
    EXPECT_NE(known_models().find(entry.model.name), std::string::npos);
  }
}

using Labels = std::vector<std::pair<std::string, std::string>>;

TEST(GpuLabels, AreReadInTheOrderOfTrust) {
  const GpuIdentity gpu = identify_node_gpu(Labels{{"cloud.google.com/gke-accelerator", "H100_NVLINK_80GB"},
                                                   {"gpu.nvidia.com/class", "H100_NVLINK_80GB"},
                                                   {"nvidia.com/gpu.memory", "81559"}});
  EXPECT_EQ(gpu.model, "H100");
  EXPECT_EQ(gpu.form, "SXM");
  EXPECT_EQ(gpu.memory_gib, 80);
  const GpuIdentity trusted = identify_node_gpu(
      Labels{{"nebius.com/gpu-name", "H200"}, {"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}});
  EXPECT_EQ(trusted.model, "H100");
}

TEST(GpuLabels, KnowTheDialects) {
  EXPECT_EQ(identify_node_gpu(Labels{{"cloud.google.com/gke-accelerator", "nvidia-tesla-a100"}}).memory_gib,
            40);
  EXPECT_EQ(identify_node_gpu(Labels{{"cloud.google.com/gke-accelerator", "nvidia-h100-80gb"}}).form, "SXM");
  EXPECT_EQ(identify_node_gpu(Labels{{"gpu.nvidia.com/class", "A100_NVLINK"}}).memory_gib, 40);
  const GpuIdentity karpenter = identify_node_gpu(Labels{{"karpenter.k8s.aws/instance-gpu-memory", "81920"},
                                                         {"karpenter.k8s.aws/instance-gpu-name", "a100"}});
  EXPECT_EQ(karpenter.model, "A100");
  EXPECT_EQ(karpenter.memory_gib, 80);
  EXPECT_EQ(identify_node_gpu(Labels{{"karpenter.azure.com/sku-gpu-name", "A100"}}).memory_gib, 0);
  EXPECT_EQ(identify_node_gpu(Labels{}).model, "");
}

TEST(GpuLabels, SeeSharing) {
  EXPECT_TRUE(
      identify_node_gpu(Labels{{"nvidia.com/gpu.product", "NVIDIA-L4"}, {"nvidia.com/gpu.replicas", "4"}})
          .shared);
  EXPECT_FALSE(
      identify_node_gpu(Labels{{"nvidia.com/gpu.product", "NVIDIA-L4"}, {"nvidia.com/gpu.replicas", "1"}})
          .shared);
  EXPECT_TRUE(identify_node_gpu(Labels{{"nvidia.com/gpu.product", "NVIDIA-L4-SHARED"}}).shared);
}

}  // namespace market::gpu_test
