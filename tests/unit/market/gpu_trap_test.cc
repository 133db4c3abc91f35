// The traps in GPU names and labels: each has made some system place a pod on the wrong card.
#include <gtest/gtest.h>

#include "market/gpu_instances.h"
#include "market/gpu_labels.h"

namespace market::gpu_trap_test {

using Labels = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kProduct = "nvidia.com/gpu.product";
constexpr const char* kMemory = "nvidia.com/gpu.memory";
constexpr const char* kType = "node.kubernetes.io/instance-type";

GpuIdentity node(const Labels& labels) { return identify_node_gpu(labels); }

TEST(GpuTrap, ANameInsideAnotherIsNotThatName) {
  for (const char* model : {"L4", "L40", "L40S", "A2", "A10", "A10G", "A100", "A16", "A40", "H20", "H200",
                            "GH200", "B200", "GB200", "B300", "GB300", "T4", "H100"}) {
    for (const char* pattern : {"", "NVIDIA-", "nvidia_", "Tesla "}) {
      EXPECT_EQ(identify_gpu(std::string(pattern) + model, 0).model, model);
    }
  }
  EXPECT_EQ(identify_gpu("NVIDIA-RTX-A4000", 0).model, "RTX A4000");
  EXPECT_EQ(identify_gpu("RTX 4000", 0).model, "");
}

TEST(GpuTrap, Rtx6000IsFourCards) {
  EXPECT_EQ(identify_gpu("Quadro-RTX-6000", 0).memory_gib, 24);
  EXPECT_EQ(identify_gpu("NVIDIA-RTX-6000-Ada-Generation", 0).memory_gib, 48);
  EXPECT_EQ(identify_gpu("NVIDIA-RTX-PRO-6000-Blackwell-Server-Edition", 0).memory_gib, 96);
  EXPECT_EQ(identify_gpu("NVIDIA-RTX-A6000", 0).model, "RTX A6000");
  for (const char* text : {"RTX6000", "RTX-6000", "NVIDIA_RTX_6000", "6000", "RTX-6000-Blackwell"}) {
    EXPECT_EQ(identify_gpu(text, 0).model, "") << text;
  }
}

TEST(GpuTrap, AWordOfAnotherModelMakesItUnknown) {
  for (const char* text :
       {"L4-SXM", "T4-HBM3", "NVIDIA-A100-Max-Q", "RTX-4090-Blackwell", "B200-PCIe", "GB200-SXM", "A100-MEGA",
        "H100-24", "NVIDIA-A10-24Q", "GRID-A100-4C", "H100-Generation", "A100-NVL", "B200-NVL72"}) {
    EXPECT_EQ(identify_gpu(text, 0).model, "") << text;
  }
}

TEST(GpuTrap, ABareA100IsNeitherSize) {
  const char* kName = "karpenter.k8s.aws/instance-gpu-name";
  EXPECT_EQ(node({{kName, "a100"}}).memory_gib, 0);
  EXPECT_EQ(node({{kName, "a100"}, {"karpenter.k8s.aws/instance-gpu-memory", "40960"}}).memory_gib, 40);
  EXPECT_EQ(node({{kName, "a100"}, {"karpenter.k8s.aws/instance-gpu-memory", "81920"}}).memory_gib, 80);
  const GpuIdentity small = node({{kName, "a100"}, {kType, "p4d.24xlarge"}});
  EXPECT_EQ(small.memory_gib, 40);
  EXPECT_EQ(small.form, "SXM");
  EXPECT_EQ(small.product, "a100");
  EXPECT_EQ(node({{kName, "a100"}, {kType, "p4de.24xlarge"}}).memory_gib, 80);
  EXPECT_EQ(node({{"karpenter.azure.com/sku-gpu-name", "A100"}, {kType, "Standard_NC24ads_A100_v4"}}).form,
            "PCIe");
  EXPECT_EQ(node({{"karpenter.azure.com/sku-gpu-name", "A100"}, {kType, "Standard_ND96asr_v4"}}).memory_gib,
            40);
  EXPECT_EQ(node({{kName, "a100"}, {kType, "p5.48xlarge"}}).memory_gib, 0) << "another card's machine";
}

TEST(GpuTrap, TheMachineTypeNeverContradictsABetterLabel) {
  const GpuIdentity model = node({{kProduct, "NVIDIA-A100-SXM4-40GB"}, {kType, "p4de.24xlarge"}});
  EXPECT_EQ(model.memory_gib, 40);
  EXPECT_EQ(node({{kProduct, "NVIDIA-L4"}, {kType, "p5.48xlarge"}}).model, "L4");
  // 80 GB, so no NVL of 94: nothing of the type is believed.
  const GpuIdentity form =
      node({{kProduct, "H100"}, {kMemory, "81559"}, {kType, "Standard_NC40ads_H100_v5"}});
  EXPECT_EQ(form.memory_gib, 80);
  EXPECT_EQ(form.form, "");
}

TEST(GpuTrap, ABareH100HasNoFormNorMemory) {
  EXPECT_EQ(node({{kProduct, "H100"}}).form, "");
  EXPECT_EQ(node({{kProduct, "H100"}}).memory_gib, 0);
  EXPECT_EQ(node({{kProduct, "H100"}, {kType, "p5.48xlarge"}}).form, "SXM");
  EXPECT_EQ(node({{"karpenter.azure.com/sku-gpu-name", "H100"}, {kType, "Standard_NC40ads_H100_v5"}}).form,
            "NVL");
  for (const char* text : {"H100-SXM-PCIe", "H100-PCIE-NVLINK"}) {
    EXPECT_EQ(identify_gpu(text, 0).form, "") << text;
    EXPECT_EQ(identify_gpu(text, 0).memory_gib, 0) << text;
  }
}

TEST(GpuTrap, MemoryThatIsNotSoldOrContradictsIsNotBelieved) {
  EXPECT_EQ(identify_gpu("A100-SXM4-20GB", 0).memory_gib, 0);
  EXPECT_EQ(identify_gpu("L4-96GB", 0).memory_gib, 0);
  EXPECT_EQ(identify_gpu("A100-40GB-80GB", 0).memory_gib, 0);
  EXPECT_EQ(identify_gpu("A100-SXM4-40GB", 81'920).memory_gib, 40);
  EXPECT_EQ(identify_gpu("NVIDIA-L4", 81'920).memory_gib, 0);
  EXPECT_EQ(identify_gpu("NVIDIA-L4", INT64_MAX).memory_gib, 0);
  EXPECT_EQ(identify_gpu("NVIDIA-L4", INT64_MIN).memory_gib, 24);
}

TEST(GpuTrap, TheMemoryOfTheGraceCpuIsNotThatOfTheGpu) {
  EXPECT_EQ(identify_gpu("NVIDIA-GH200-480GB", 0).memory_gib, 96);
  EXPECT_EQ(identify_gpu("NVIDIA-GH200-480GB", 147'456).memory_gib, 144);
  EXPECT_EQ(identify_gpu("NVIDIA-GH200-144G-HBM3e", 0).memory_gib, 144);
}

TEST(GpuTrap, MemoryComesInSeveralUnits) {
  const auto memory = [](const char* text) {
    return node({{kProduct, "NVIDIA-A100"}, {kMemory, text}}).memory_gib;
  };
  for (const char* text :
       {"81920", "81559", "81251", "80", "81", "80GB", "80Gi", "80GiB", "81920MiB", "81920Mi"}) {
    EXPECT_EQ(memory(text), 80) << text;
  }
  for (const char* text : {"", "many", "-81920", "0", "80TB", "99999999999999999999", "8e4"}) {
    EXPECT_EQ(memory(text), 0) << text;
  }
  const auto vram = [](const char* gpu, const char* text) {
    return node({{"gpu.nvidia.com/class", gpu}, {"gpu.nvidia.com/vram", text}}).memory_gib;
  };
  EXPECT_EQ(vram("H100", "81"), 80);
  EXPECT_EQ(vram("A100", "40"), 40);
  EXPECT_EQ(vram("A100", "80"), 80);
  EXPECT_EQ(vram("H200", "143"), 141);
}

TEST(GpuTrap, WhatDriversReportIsRoundedToWhatIsSold) {
  const std::tuple<const char*, std::int64_t, std::int64_t> cards[] = {{"Tesla-V100-SXM2-16GB", 16'152, 16},
                                                                       {"Tesla-T4", 15'079, 16},
                                                                       {"Tesla-T4", 15'360, 16},
                                                                       {"NVIDIA-A10G", 23'028, 24},
                                                                       {"NVIDIA-L4", 23'034, 24},
                                                                       {"NVIDIA-L40S", 46'068, 48},
                                                                       {"NVIDIA-B200", 184'320, 180},
                                                                       {"NVIDIA-B200", 196'608, 180},
                                                                       {"NVIDIA-GB200", 190'464, 186},
                                                                       {"NVIDIA-B300-SXM6-AC", 268'288, 270},
                                                                       {"NVIDIA-B300-SXM6-AC", 294'912, 270},
                                                                       {"NVIDIA-GB300", 276'480, 278},
                                                                       {"NVIDIA-GB300", 294'912, 278}};
  for (const auto& [product, mib, gib] : cards) EXPECT_EQ(identify_gpu(product, mib).memory_gib, gib) << mib;
}

TEST(GpuTrap, ShortNamesMeanWhatTheirWriterMeans) {
  EXPECT_EQ(node({{"skypilot.co/accelerator", "A100"}}).memory_gib, 40);
  EXPECT_EQ(node({{"gpu.nvidia.com/class", "A100_NVLINK"}}).memory_gib, 40);
  EXPECT_EQ(node({{"gpu.nvidia.com/model", "A100_NVLINK"}}).memory_gib, 40);
  EXPECT_EQ(node({{kProduct, "A100"}}).memory_gib, 0);
  // A hand-written label does not settle what a better one leaves open.
  EXPECT_EQ(
      node({{"karpenter.azure.com/sku-gpu-name", "A100"}, {"skypilot.co/accelerator", "a100"}}).memory_gib,
      0);
}

TEST(GpuTrap, ABogusGkeLabelIsIgnored) {
  EXPECT_EQ(node({{"cloud.google.com/gke-accelerator", "H100_NVLINK_80GB"}}).model, "");
  EXPECT_EQ(node({{"cloud.google.com/gke-accelerator", "H100_NVLINK_80GB"}, {"gpu.nvidia.com/class", "L40S"}})
                .model,
            "L40S");
}

TEST(GpuTrap, TheDriversWordIsFinalEvenWhenItIsNotUnderstood) {
  const GpuIdentity gpu = node({{kProduct, "NVIDIA-A10-4Q"},
                                {"karpenter.azure.com/sku-gpu-name", "A10"},
                                {kType, "Standard_NV36ads_A10_v5"}});
  EXPECT_EQ(gpu.model, "");
  EXPECT_EQ(gpu.product, "NVIDIA-A10-4Q");
  EXPECT_EQ(
      identify_node_gpu(Labels{{"example.com/card", "?"}, {kProduct, "NVIDIA-A10-4Q"}, {kType, "g5.xlarge"}},
                        std::vector<std::string>{"example.com/card", kProduct, kType})
          .product,
      "NVIDIA-A10-4Q");
  // Other labels give way: CoreWeave's model may be a word of its own.
  EXPECT_EQ(node({{"gpu.nvidia.com/model", "Hopper"}, {"gpu.nvidia.com/class", "H100_PCIE"}}).model, "H100");
}

TEST(GpuTrap, PartsOfACardAreNotACard) {
  const Labels parts[] = {
      {{kProduct, "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"}},
      {{kProduct, "NVIDIA-A10G-SHARED"}},
      {{kProduct, "NVIDIA-L4"}, {"nvidia.com/gpu.replicas", "4"}},
      {{kProduct, "NVIDIA-L4"}, {"nvidia.com/gpu.replicas", "99999999999999999999"}},
      {{kProduct, "NVIDIA-L4"}, {"nvidia.com/gpu.sharing-strategy", "time-slicing"}},
      {{kProduct, "NVIDIA-L4"}, {"nvidia.com/gpu.sharing-strategy", "mps"}},
      {{kProduct, "NVIDIA-A100-SXM4-80GB"}, {kMemory, "40192"}, {"nvidia.com/mig.strategy", "single"}},
      {{kProduct, "NVIDIA-A100"}, {kMemory, "9856"}},
      {{"cloud.google.com/gke-accelerator", "nvidia-tesla-a100"},
       {"cloud.google.com/gke-gpu-partition-size", "1g.5gb"}},
      {{"cloud.google.com/gke-accelerator", "nvidia-l4"},
       {"cloud.google.com/gke-gpu-sharing-strategy", "time-sharing"}},
      {{"cloud.google.com/gke-accelerator", "nvidia-l4"},
       {"cloud.google.com/gke-max-shared-clients-per-gpu", "2"}},
      {{kType, "Standard_NV6ads_A10_v5"}},
      {{kType, "NVads_A10_v5"}},
      {{"karpenter.azure.com/sku-gpu-name", "A10"}, {kType, "Standard_NV18ads_A10_v5"}},
      {{"karpenter.k8s.aws/instance-gpu-name", "l4"}, {kType, "g6f.large"}},
  };
  for (const Labels& labels : parts) {
    EXPECT_TRUE(node(labels).shared) << labels.back().first << "=" << labels.back().second;
  }
  // The GPU Operator writes this strategy on nodes that have whole GPUs, too.
  EXPECT_FALSE(node({{kProduct, "NVIDIA-A100-SXM4-80GB"},
                     {kMemory, "81920"},
                     {"nvidia.com/mig.strategy", "single"},
                     {"nvidia.com/gpu.replicas", "1"},
                     {"nvidia.com/gpu.sharing-strategy", "none"}})
                   .shared);
}

TEST(GpuTrap, MachineTypesThatLookLikeGpusAreNone) {
  for (const char* type :
       {"", "A2", "Standard_A2", "Standard_A10", "a2-highcpu-8", "t4g.large", "g5g.xlarge", "g5.lite", "p5",
        "p5.48xlarge-spot", "c6i.8xlarge", "m5.large", "n1-standard-8", "gpu-h100-sxm-lite", "VM.GPU.A10.1",
        "gd-8xh100ib", "Standard_NC6s_v2", "gpu_8x_h100_lite"}) {
    EXPECT_EQ(identify_instance(type).model, "") << type;
    EXPECT_EQ(node({{kType, type}}).product, "") << type;
  }
}

TEST(GpuTrap, TheCpuIsThatOfTheNode) {
  EXPECT_EQ(node({{kProduct, "NVIDIA-GB200"}}).cpu_architecture, "arm64");
  EXPECT_EQ(node({{kProduct, "NVIDIA-L4"}, {"kubernetes.io/arch", "arm64"}}).cpu_architecture, "arm64");
  EXPECT_EQ(node({{kProduct, "Radeon"}}).cpu_architecture, "");
}

TEST(GpuTrap, AProviderMayTrustItsOwnLabels) {
  const Labels labels{{kProduct, "NVIDIA-H100-80GB-HBM3"},
                      {"example.com/card", "a100-sxm4-80gb"},
                      {"nebius.com/gpu-name", "H200"}};
  EXPECT_EQ(identify_node_gpu(labels, std::vector<std::string>{"example.com/card", kProduct}).model, "A100");
  EXPECT_EQ(identify_node_gpu(labels, std::vector<std::string>{"nebius.com/gpu-name"}).form, "SXM");
  EXPECT_EQ(identify_node_gpu(labels, std::vector<std::string>{"absent.com/card"}).model, "");
  EXPECT_EQ(identify_node_gpu(labels, std::vector<std::string>{}).model, "H100");
  EXPECT_EQ(gpu_label_keys().front(), kProduct);
  EXPECT_EQ(gpu_label_keys().back(), kType);
}

}  // namespace market::gpu_trap_test
