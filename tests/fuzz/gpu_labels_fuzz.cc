// Fuzzes the code that a provider's node labels reach: identify_node_gpu. Input: lines "key=value". The
// promise checked: whatever the labels, no crash and never a wrong yes, by a judge that reads the labels in
// another, cruder way.
//
// With clang: -fsanitize=fuzzer. With gcc (no libFuzzer): define NEOBURST_FUZZ_MAIN and run
// `gpu_labels_fuzz [N] [seed]`, which mutates labels of real nodes N times.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "market/gpu_catalogue.h"
#include "market/gpu_labels.h"

namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

Labels parse(std::string_view text) {
  Labels labels;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t equals = std::min(line.find('='), line.size());
    labels.emplace_back(line.substr(0, equals), line.substr(std::min(equals + 1, line.size())));
  }
  return labels;
}

void check(bool holds, const char* what, const Labels& labels) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  for (const auto& [key, value] : labels) std::fprintf(stderr, "  %s=%s\n", key.c_str(), value.c_str());
  std::abort();
}

bool is_identity_key(std::string_view key) {
  return std::ranges::find(market::gpu_label_keys(), key) != market::gpu_label_keys().end();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters and digits in upper case, each run of others one blank.
std::string flat(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    if (is_upper(c) || is_digit(c)) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
    }
  }
  return out;
}

/// True when the last word of the model's name stands in the text, not as a part of another name: after no
/// letter or digit but a brand or a count, and before none but a form.
bool names_model(const std::string& text, std::string_view model) {
  const std::string name = flat(model);
  std::string core = name.substr(name.rfind(' ') + 1);
  if (core == "ADA" || core == "TI") core = name.substr(name.rfind(' ', name.rfind(' ') - 1) + 1);
  if (core.ends_with(" ADA")) core = core.substr(0, core.find(' '));
  if (core.ends_with(" TI")) core = core.substr(0, core.find(' '));
  for (std::size_t at = text.find(core); at != std::string::npos; at = text.find(core, at + 1)) {
    const std::string before = text.substr(0, at);
    const std::string after = text.substr(at + core.size());
    const bool starts = before.empty() || before.ends_with(' ') || before.ends_with("RTX") ||
                        before.ends_with("PRO") ||
                        (before.size() > 1 && before.back() == 'X' && is_digit(before[before.size() - 2]));
    const bool ends = after.empty() || after.starts_with(' ') || after.starts_with("SXM") ||
                      after.starts_with("PCIE") || after.starts_with("NVL") || after.starts_with("IB");
    if (starts && ends) return true;
  }
  return false;
}

/// Machine types that do not name their GPU: what their name must contain, by model.
bool has_type_of(const std::string& text, std::string_view model) {
  static const std::vector<std::pair<std::string_view, std::string_view>> kTypes{
      {"V100", "P3 "},
      {"V100", "P3DN "},
      {"V100", "S V3"},
      {"V100", "RS V2"},
      {"T4", "G4DN "},
      {"A10G", "G5 "},
      {"L4", "G6 "},
      {"L4", "GR6 "},
      {"L4", "G6F "},
      {"L4", "GR6F "},
      {"L4", "G2 STAN"},
      {"L40S", "G6E "},
      {"A100", "P4D"},
      {"A100", "A2 "},
      {"A100", "ASR V4"},
      {"H100", "P5 "},
      {"H100", "A3 "},
      {"H200", "P5E"},
      {"H200", "A3 ULTRAGPU"},
      {"B200", "A4 HIGHGPU"},
      {"GB200", "A4X "},
      {"RTX PRO 6000", "G7E "},
      {"RTX PRO 6000", "GPU RTX6000"}};
  return std::ranges::any_of(kTypes, [&](const auto& type) {
    return type.first == model && text.find(type.second) != std::string::npos;
  });
}

bool is_told(const Labels& labels, std::string_view model) {
  return std::ranges::any_of(labels, [&](const auto& label) {
    if (!is_identity_key(label.first)) return false;
    const std::string text = flat(label.second);
    if (label.first == "node.kubernetes.io/instance-type" && has_type_of(text, model)) return true;
    return names_model(text, model);
  });
}

/// An A100 has 80 GB only where something says so.
bool may_have_80(const Labels& labels) {
  return std::ranges::any_of(labels, [](const auto& label) {
    if (label.first.ends_with("memory") || label.first.ends_with("vram")) return true;
    const std::string text = flat(label.second);
    for (const char* sign : {"P4DE", "ULTRAGPU", "AMSR", "ADS A100"}) {
      if (text.find(sign) != std::string::npos) return true;
    }
    for (int gib = 74; gib <= 85; ++gib) {  // sizes are rounded
      if (text.find(std::to_string(gib)) != std::string::npos) return true;
    }
    return false;
  });
}

void judge(const Labels& labels) {
  const market::GpuIdentity gpu = market::identify_node_gpu(labels);
  check(gpu.memory_gib >= 0, "memory is not negative", labels);
  if (gpu.model.empty()) {
    check(gpu.form.empty(), "what is unknown has no form", labels);
    return;
  }
  const market::CatalogueEntry* entry = market::find_model(gpu.model);
  check(entry != nullptr, "the model is in the catalogue", labels);
  check(gpu.memory_gib <= std::ranges::max(entry->sizes), "no more memory than is sold", labels);
  check(is_told(labels, gpu.model), "some label names the model", labels);
  if (gpu.model == "A100" && gpu.memory_gib >= 80)
    check(may_have_80(labels), "some label says 80 GB", labels);
}

void judge_changed(const Labels& labels) {
  const bool shared = market::identify_node_gpu(labels).shared;
  Labels sliced = labels;
  sliced.emplace_back("cloud.google.com/gke-gpu-partition-size", "1g.5gb");
  check(market::identify_node_gpu(sliced).shared, "a partition is not whole", sliced);
  Labels more = labels;
  more.emplace_back("nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3");
  more.emplace_back("nvidia.com/gpu.replicas", "1");
  check(!shared || market::identify_node_gpu(more).shared, "no label makes a shared GPU whole", more);
  Labels other = labels;
  for (auto& [key, value] : other) {
    if (is_identity_key(key)) value.insert(0, "zorblax-");
  }
  check(market::identify_node_gpu(other).model.empty(), "an unknown word makes the name unknown", other);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const Labels labels = parse(text);
  judge(labels);
  judge_changed(labels);
  return 0;
}

#ifdef NEOBURST_FUZZ_MAIN
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

const std::vector<std::string>& values() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out{"NVIDIA-H100-80GB-HBM3",
                                 "NVIDIA-A100-SXM4-40GB-MIG-1g.5gb",
                                 "NVIDIA-GH200-480GB",
                                 "Tesla-V100-SXM2-16GB",
                                 "NVIDIA-A10G-SHARED",
                                 "NVIDIA-RTX-6000-Ada-Generation",
                                 "nvidia-tesla-a100",
                                 "H100_NVLINK_80GB",
                                 "A100_NVLINK",
                                 "a100-80gb",
                                 "l40s-48gb",
                                 "p5.48xlarge",
                                 "p4de.24xlarge",
                                 "g6e.xlarge",
                                 "a3-ultragpu-8g",
                                 "Standard_ND96isr_H100_v5",
                                 "Standard_NV6ads_A10_v5",
                                 "gd-8xh100ib-i128",
                                 "gpu-rtx6000",
                                 "gb200-186gb-nvl-ib.4x",
                                 "gpu_8x_a100_80gb_sxm4",
                                 "81559",
                                 "80GB",
                                 "99999999999999999999",
                                 "none",
                                 ""};
    for (const auto& entry : market::catalogue()) out.emplace_back(entry.model.name);
    return out;
  }();
  return all;
}

std::string any_key(Random& random) {
  static const std::vector<std::string> kOthers{
      "nvidia.com/gpu.memory",   "nvidia.com/gpu.replicas", "nvidia.com/gpu.sharing-strategy",
      "nvidia.com/mig.strategy", "gpu.nvidia.com/vram",     "karpenter.k8s.aws/instance-gpu-memory",
      "kubernetes.io/arch"};
  const auto known = market::gpu_label_keys();
  const std::size_t at = below(random, known.size() + kOthers.size());
  return at < known.size() ? std::string(known[at]) : kOthers[at - known.size()];
}

/// Cuts, splices, and inserts parts of names.
void mutate(std::string& value, Random& random) {
  static const std::vector<std::string> kTokens{
      "-",   "_",      ".",   " ",   "H",    "L",   "A",    "G",       "B",    "S",
      "0",   "100",    "200", "4",   "8x",   "SXM", "NVL",  "PCIe",    "80GB", "40",
      "MIG", "SHARED", "RTX", "PRO", "6000", "Ada", "Lite", "nvidia-", "\xff", "standard_"};
  const std::size_t at = below(random, value.size() + 1);
  const std::size_t length = std::min(below(random, 5), value.size() - at);
  switch (below(random, 5)) {
    case 0:
      value.erase(at, length);
      break;
    case 1:
      value.insert(at, kTokens[below(random, kTokens.size())]);
      break;
    case 2:
      value.replace(at, length, kTokens[below(random, kTokens.size())]);
      break;
    case 3:
      value.insert(at, values()[below(random, values().size())]);
      break;
    default:
      if (at < value.size()) value[at] = static_cast<char>(below(random, 256));
  }
}

std::string any_node(Random& random) {
  std::string text;
  for (std::size_t n = 1 + below(random, 4); n > 0; --n) {
    std::string value = values()[below(random, values().size())];
    for (std::size_t m = below(random, 3); m > 0; --m) mutate(value, random);
    text += any_key(random) + "=" + value + "\n";
  }
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const auto iterations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000ull;
  const auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::printf("gpu_labels_fuzz: %llu iterations, seed %llu\n", static_cast<unsigned long long>(iterations),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Random random(seed);
  for (auto i = 0ull; i < iterations; ++i) {
    const std::string text = any_node(random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  }
  return 0;
}
#endif
