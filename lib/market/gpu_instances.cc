#include "market/gpu_instances.h"

#include <algorithm>
#include <string>

#include "base/ascii.h"
#include "market/gpu_name.h"

namespace market {
namespace {

/// Types whose name alone does not show the GPU. In a pattern '#' stands for digits, '~'
/// for digits or none (Azure's families are written without) and a last '*' for a size of EC2.
struct InstanceType {
  std::string_view pattern;  ///< lower case, without Azure's "standard_"
  std::string_view gpu;      ///< as identify_gpu reads it; "SHARED" for a fraction of a card
};

constexpr InstanceType kTypes[] = {
    // AWS
    {"p3.*", "V100-SXM2-16GB"},
    {"p3dn.*", "V100-SXM2-32GB"},
    {"g4dn.*", "T4"},
    {"g5.*", "A10G"},
    {"g6.*", "L4"},
    {"gr6.*", "L4"},
    {"g6f.*", "L4-SHARED"},
    {"gr6f.*", "L4-SHARED"},
    {"g6e.*", "L40S"},
    {"g7e.*", "RTX PRO 6000"},
    {"p4d.*", "A100-SXM4-40GB"},
    {"p4de.*", "A100-SXM4-80GB"},
    {"p5.*", "H100-SXM5-80GB"},
    {"p5e.*", "H200-SXM"},
    {"p5en.*", "H200-SXM"},
    {"p6-b200.*", "B200"},
    {"p6-b300.*", "B300"},
    {"p6e-gb200.*", "GB200"},
    // Google
    {"a2-highgpu-#g", "A100-SXM4-40GB"},
    {"a2-megagpu-#g", "A100-SXM4-40GB"},
    {"a2-ultragpu-#g", "A100-SXM4-80GB"},
    {"a3-highgpu-#g", "H100-SXM5-80GB"},
    {"a3-edgegpu-#g", "H100-SXM5-80GB"},
    {"a3-megagpu-#g", "H100-SXM5-80GB"},
    {"a3-ultragpu-#g", "H200-SXM"},
    {"a4-highgpu-#g", "B200"},
    {"a4x-highgpu-#g", "GB200"},
    {"g2-standard-#", "L4"},
    // Azure. NVads_A10_v5 sells sixths to halves of a card below 36 CPUs.
    {"nc~s_v3", "V100-16GB"},
    {"nc~rs_v3", "V100-16GB"},
    {"nd~rs_v2", "V100-SXM2-32GB"},
    {"nc~as_t4_v3", "T4"},
    {"nc~ads_a10_v4", "A10"},
    {"nv36ads_a10_v5", "A10"},
    {"nv36adms_a10_v5", "A10"},
    {"nv72ads_a10_v5", "A10"},
    {"nv~ads_a10_v5", "A10-SHARED"},
    {"nd~asr_v4", "A100-SXM4-40GB"},
    {"nd~amsr_a100_v4", "A100-SXM4-80GB"},
    {"nc~ads_a100_v4", "A100-PCIe-80GB"},
    {"nd~isr_h100_v5", "H100-SXM5-80GB"},
    {"nc~ads_h100_v5", "H100-NVL"},
    {"nc~adis_h100_v5", "H100-NVL"},
    {"nd~isr_h200_v5", "H200-SXM"},
    // CoreWeave
    {"gd-#xh100ib-i#", "H100-SXM5-80GB"},
    {"gd-#xh200ib-i#", "H200-SXM"},
    {"gd-#xl40-i#", "L40"},
    {"gd-#xl40s-i#", "L40S"},
    {"b200-#x", "B200"},
    {"b300-#x", "B300"},
    {"gb200-#x", "GB200"},
    {"gb300-#x", "GB300"},
    // Nebius
    {"gpu-h100-sxm", "H100-SXM5-80GB"},
    {"gpu-h200-sxm", "H200-SXM"},
    {"gpu-b200-sxm", "B200"},
    {"gpu-b200-sxm-a", "B200"},
    {"gpu-b300-sxm", "B300"},
    {"gpu-gb300", "GB300"},
    {"gpu-l40s-a", "L40S"},
    {"gpu-l40s-d", "L40S"},
    {"gpu-rtx6000", "RTX PRO 6000"},
    // Lambda
    {"gpu_#x_v100_n", "V100-SXM2-16GB"},
    {"gpu_#x_a100_sxm4", "A100-SXM4-40GB"},
    {"gpu_#x_gh200", "GH200-96GB"},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "xlarge", "48xlarge", "metal", "metal-48xl".
bool is_ec2_size(std::string_view size) {
  if (size.starts_with("metal")) {
    return size == "metal" || (size.starts_with("metal-") && size.ends_with("xl"));
  }
  while (!size.empty() && is_digit(size.front())) size.remove_prefix(1);
  return size == "xlarge" || size == "large";
}

bool matches(std::string_view pattern, std::string_view type) {
  for (; !pattern.empty(); pattern.remove_prefix(1)) {
    if (pattern.front() == '*') return is_ec2_size(type);
    if (pattern.front() == '#' || pattern.front() == '~') {
      if (pattern.front() == '#' && (type.empty() || !is_digit(type.front()))) return false;
      while (!type.empty() && is_digit(type.front())) type.remove_prefix(1);
      continue;
    }
    if (type.empty() || type.front() != pattern.front()) return false;
    type.remove_prefix(1);
  }
  return type.empty();
}

}  // namespace

GpuIdentity identify_instance(std::string_view type) {
  const std::string lowered = base::lowered(type);
  std::string_view rest = lowered;
  if (rest.starts_with("standard_")) rest.remove_prefix(std::string_view("standard_").size());
  for (const InstanceType& known : kTypes) {
    if (!matches(known.pattern, rest)) continue;
    GpuIdentity gpu = identify_gpu(known.gpu, 0);
    gpu.product = type;
    return gpu;
  }
  // Crusoe and Lambda write out GPU and count: only such names are read as one.
  if (!std::ranges::any_of(read_gpu_name(type).words, is_count)) return {};
  GpuIdentity gpu = identify_gpu(type, 0);
  return gpu.model.empty() ? GpuIdentity{} : gpu;
}

}  // namespace market
