#include "tests/unit/burst/golden_pods.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "burst/names.h"
#include "support/source_dir.h"

namespace burst {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

std::set<std::string> texts(const json& from, const char* field) {
  return from.value(field, std::set<std::string>());
}

std::map<std::string, std::string> pairs(const json& from, const char* field) {
  return from.value(field, std::map<std::string, std::string>());
}

PodPolicy policy_of(const json& from) {
  PodPolicy p;
  p.allow_secrets = from.value("allowSecrets", true);
  for (const std::string& text : texts(from, "allow")) p.allow.insert(parse_host_access(text).value());
  p.runtime_classes = pairs(from, "runtimeClasses");
  p.priority_class = from.value("priorityClass", "");
  p.storage_classes = pairs(from, "storageClasses");
  p.volume_claims = pairs(from, "volumeClaims");
  p.csi_drivers = texts(from, "csiDrivers");
  return p;
}

/// `value` one member or element per line.
std::string unfolded(const json& value, std::size_t indent) {
  std::string out;
  const std::string pad(indent + 2, ' ');
  for (const auto& [key, inner] : value.items()) {
    out += (out.empty() ? "" : ",\n") + pad;
    if (value.is_object()) out += json(key).dump() + ": ";
    out += readable(inner, indent + 2);
  }
  return out;
}

}  // namespace

std::string readable(const json& value, std::size_t indent) {
  constexpr std::size_t kWidth = 110;
  const std::string line = value.dump();
  if (!value.is_structured() || value.empty() || indent + line.size() <= kWidth) return line;
  const std::string end = "\n" + std::string(indent, ' ');
  return value.is_object() ? "{\n" + unfolded(value, indent) + end + "}"
                           : "[\n" + unfolded(value, indent) + end + "]";
}

std::vector<GoldenPod> golden_pods() {
  static constexpr std::string_view kSuffix = ".case.json";
  std::vector<GoldenPod> out;
  for (const auto& entry :
       fs::directory_iterator(fs::path(testing_support::source_dir()) / "tests/golden/pods")) {
    std::string name = entry.path().filename().string();
    if (!name.ends_with(kSuffix)) continue;
    name.resize(name.size() - kSuffix.size());
    std::ifstream file(entry.path());
    json document = json::parse(file);
    out.push_back({name, document.at("pod"), document.at("twinStatus"),
                   policy_of(document.value("policy", json::object())),
                   entry.path().parent_path() / (name + ".expected.json")});
  }
  std::ranges::sort(out, {}, &GoldenPod::name);
  return out;
}

TwinContext golden_context(const GoldenPod& golden) {
  const json& metadata = golden.pod.at("metadata");
  TwinContext c;
  c.installation = "golden";
  c.nodes = {{"nvidia.com/gpu.product", true, {"NVIDIA-H100-80GB-HBM3"}}};
  c.tolerations = {{"nvidia.com/gpu", true, "", "NoSchedule"}};
  c.policy = golden.policy;
  Burst& b = c.burst;
  b.ns = metadata.at("namespace");
  b.pod_name = metadata.at("name");
  b.pod_uid = metadata.at("uid");
  b.name = burst_name(b.pod_uid);
  b.attempt.number = 1;
  b.attempt.name = attempt_name(b.pod_name, b.pod_uid, "burst-uid", 1);
  b.attempt.anchor_uid = "anchor-uid";
  b.attempt.remote_namespace = "neoburst";
  b.attempt.limit_seconds = 24 * 3600;
  return c;
}

}  // namespace burst
