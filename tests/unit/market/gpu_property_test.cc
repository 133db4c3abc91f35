// Whatever a node's labels say, never a wrong yes.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "market/gpu_catalogue.h"
#include "market/gpu_labels.h"

namespace market::gpu_property_test {

using Labels = std::vector<std::pair<std::string, std::string>>;

template <typename T>
T one_of(const std::vector<T>& values) {
  return *rc::gen::elementOf(values);
}

const std::vector<std::string>& names() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out{"NVIDIA-H100-80GB-HBM3",
                                 "NVIDIA-A100-SXM4-80GB",
                                 "A100_NVLINK_80GB",
                                 "H100SXM-80",
                                 "nvidia-h100-mega-80gb",
                                 "RTXPRO6000",
                                 "p5.48xlarge",
                                 "a3-highgpu-8g",
                                 "Standard_ND96isr_H100_v5",
                                 "gd-8xh100ib-i128",
                                 "gpu-h100-sxm",
                                 "h200-141gb-sxm-ib.8x",
                                 "Standard_NV6ads_A10_v5",
                                 "gpu_8x_h100_sxm5",
                                 "a100",
                                 "NVIDIA-L4-SHARED",
                                 "m5.large",
                                 "Radeon"};
    for (const CatalogueEntry& entry : catalogue()) out.emplace_back(entry.model.name);
    return out;
  }();
  return all;
}

std::vector<std::string> keys() {
  std::vector<std::string> out;
  for (const std::string_view key : gpu_label_keys()) out.emplace_back(key);
  return out;
}

std::pair<std::string, std::string> any_identity_label() { return {one_of(keys()), one_of(names())}; }

std::pair<std::string, std::string> any_label() {
  static const Labels kOthers{{"nvidia.com/gpu.memory", "81559"},
                              {"nvidia.com/gpu.memory", "40960"},
                              {"nvidia.com/gpu.memory", "9856"},
                              {"gpu.nvidia.com/vram", "81"},
                              {"karpenter.k8s.aws/instance-gpu-memory", "81920"},
                              {"nvidia.com/gpu.replicas", "1"},
                              {"nvidia.com/gpu.replicas", "4"},
                              {"nvidia.com/gpu.sharing-strategy", "none"},
                              {"nvidia.com/gpu.sharing-strategy", "mps"},
                              {"nvidia.com/mig.strategy", "single"},
                              {"cloud.google.com/gke-gpu-partition-size", "1g.5gb"},
                              {"cloud.google.com/gke-max-shared-clients-per-gpu", "2"},
                              {"kubernetes.io/arch", "amd64"}};
  return *rc::gen::arbitrary<bool>() ? any_identity_label() : one_of(kOthers);
}

Labels any_labels() {
  Labels labels;
  for (int n = *rc::gen::inRange(0, 6); n > 0; --n) labels.push_back(any_label());
  return labels;
}

/// A word that is nothing: no model, form, size or decoration begins with Z.
std::string nonsense() {
  return "Z" + *rc::gen::container<std::string>(rc::gen::elementOf(std::string("abcXYZ019SMGB")));
}

RC_GTEST_PROP(GpuProperty, AnUnknownWordMakesTheNameUnknown, ()) {
  std::string name = one_of(names());
  const char* separator = one_of<const char*>({"-", "_", " ", "."});
  // A machine type is no sequence of words: the word goes to an end of it. What follows MIG is the slice's.
  name = *rc::gen::arbitrary<bool>() ? nonsense() + separator + name : name + separator + nonsense();
  RC_ASSERT(identify_gpu(name, 0).model.empty());
  RC_ASSERT(!canonical_model(name));
  for (const std::string& key : keys()) RC_ASSERT(identify_node_gpu(Labels{{key, name}}).model.empty());
}

RC_GTEST_PROP(GpuProperty, AModelIsNamedWordByWord, ()) {
  static const std::vector<std::string> kWords = [] {
    std::set<std::string> words{"NVIDIA", "SXM", "PCIE",   "NVL",       "80GB",      "40GB",   "HBM3",
                                "MAX",    "Q",   "SERVER", "8X",        "MEGA",      "SHARED", "ADA",
                                "L",      "H",   "100",    "BLACKWELL", "GENERATION"};
    for (const CatalogueEntry& entry : catalogue()) {
      std::string word;
      for (const char c : std::string(entry.model.name) + " ") {
        if (c != ' ') {
          word.push_back(c);
          continue;
        }
        words.insert(word);
        word.clear();
      }
    }
    return std::vector<std::string>(words.begin(), words.end());
  }();
  const auto said =
      *rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(kWords)));
  std::string name;
  for (const std::string& word : said) name += (name.empty() ? "" : "-") + word;
  const std::string model = identify_node_gpu(Labels{{"nvidia.com/gpu.product", name}}).model;
  RC_CLASSIFY(!model.empty(), "understood");
  std::size_t start = 0;
  while (start < model.size()) {
    const std::size_t end = std::min(model.find(' ', start), model.size());
    const std::string word = model.substr(start, end - start);
    const bool brand = word == "RTX" || word == "GeForce";  // "A6000" and "RTX 4090" do without
    RC_ASSERT(brand || std::ranges::find(said, word) != said.end());
    start = end + 1;
  }
}

RC_GTEST_PROP(GpuProperty, NoLabelMakesASharedGpuWhole, ()) {
  Labels labels = any_labels();
  const bool shared = identify_node_gpu(labels).shared;
  labels.push_back(any_label());
  RC_CLASSIFY(shared, "shared");
  RC_ASSERT(!shared || identify_node_gpu(labels).shared);
}

RC_GTEST_PROP(GpuProperty, LessTrustedLabelsOnlyAdd, ()) {
  Labels labels{any_identity_label()};
  const GpuIdentity before = identify_node_gpu(labels);
  const auto order = keys();
  const auto rank = [&](const std::string& key) { return std::ranges::find(order, key) - order.begin(); };
  const auto other = any_identity_label();
  RC_PRE(rank(other.first) > rank(labels.front().first));
  labels.push_back(other);
  const GpuIdentity after = identify_node_gpu(labels);
  RC_ASSERT(before.model.empty() || after.model == before.model);
  RC_ASSERT(before.form.empty() || after.form == before.form);
  RC_ASSERT(before.memory_gib == 0 || after.memory_gib == before.memory_gib);
}

RC_GTEST_PROP(GpuProperty, MemoryIsNeverMoreThanTheLabelMeasuresNorThanIsSold, ()) {
  const auto mib = *rc::gen::inRange<std::int64_t>(1024, 400 * 1024);
  const GpuIdentity gpu = identify_node_gpu(
      Labels{{"nvidia.com/gpu.product", one_of(names())}, {"nvidia.com/gpu.memory", std::to_string(mib)}});
  RC_PRE(!gpu.model.empty());
  const CatalogueEntry* entry = find_model(gpu.model);
  RC_ASSERT(entry != nullptr);
  RC_ASSERT(gpu.memory_gib <= std::ranges::max(entry->sizes));
  RC_ASSERT(gpu.memory_gib * 1024 * 92 <= mib * 100 + 1024 * 92);
}

}  // namespace market::gpu_property_test
