#include "burst/field_table.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "burst/names.h"
#include "burst/references.h"
#include "burst/translate.h"
#include "support/source_dir.h"

/// Three tables say the same: the Kubernetes API's own list of fields (data/pod_fields.txt), the code's and
/// the one that people read (docs/pod-translation.md). And the twin of a pod is what they say, field by
/// field.

namespace burst::field_table_test {

using nlohmann::json;

std::ifstream open(const std::string& path) {
  std::ifstream file(testing_support::source_dir() + "/" + path);
  EXPECT_TRUE(file) << path;
  return file;
}

std::set<std::string> fields_of_the_api() {
  std::set<std::string> out;
  auto file = open("tests/unit/burst/data/pod_fields.txt");
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && !line.starts_with("#")) out.insert(line);
  }
  return out;
}

std::map<std::string, std::string> fates_in_the_code() {
  std::map<std::string, std::string> out;
  for (const TypeRules& type : field_table()) {
    for (const FieldRule& rule : type.fields)
      out[std::string(type.type) + "." + std::string(rule.name)] = to_string(rule.fate);
  }
  return out;
}

/// "| `field` | fate | ... |" below "## Type". Ephemeral containers have all that containers have.
std::map<std::string, std::string> fates_in_the_docs() {
  std::map<std::string, std::string> out;
  std::string type;
  auto file = open("docs/pod-translation.md");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) type = line.substr(3);
    const auto name_end = line.find("` | ");
    if (!line.starts_with("| `") || name_end == std::string::npos) continue;
    if (type.find(' ') != std::string::npos) continue;  // no table of fields
    const auto fate = line.substr(name_end + 4, line.find(" |", name_end + 4) - name_end - 4);
    out[type + "." + line.substr(3, name_end - 3)] = fate;
    if (type == "Container") out["EphemeralContainer." + line.substr(3, name_end - 3)] = fate;
  }
  return out;
}

TEST(FieldTable, HasEveryFieldOfTheApiAndNoOther) {
  std::set<std::string> in_code;
  for (const auto& [field, fate] : fates_in_the_code()) in_code.insert(field);
  EXPECT_EQ(in_code, fields_of_the_api());
}

TEST(FieldTable, SaysWhatTheDocumentationSays) { EXPECT_EQ(fates_in_the_code(), fates_in_the_docs()); }

const std::map<std::string, std::string> kPlaces = {
    {"ObjectMeta", "/metadata"},
    {"PodSpec", "/spec"},
    {"Container", "/spec/containers/0"},
    {"EphemeralContainer", "/spec/ephemeralContainers/0"},
    {"EnvVarSource", "/spec/containers/0/env/0/valueFrom"},
    {"EnvFromSource", "/spec/containers/0/envFrom/0"},
    {"Volume", "/spec/volumes/0"},
    {"VolumeProjection", "/spec/volumes/0/projected/sources/0"},
    {"PodSecurityContext", "/spec/securityContext"},
    {"SecurityContext", "/spec/containers/0/securityContext"},
};

TwinContext context(bool lenient) {
  TwinContext c;
  c.installation = "inst";
  c.nodes = {{"gpu", true, {"h100"}}};
  c.tolerations = {{"nvidia.com/gpu", true, "", ""}};
  c.burst.ns = "lab";
  c.burst.name = "burst-u";
  c.burst.pod_name = "p";
  c.burst.pod_uid = "u";
  c.burst.attempt.name = "p-abc-1";
  c.burst.attempt.anchor_uid = "anchor";
  c.burst.attempt.remote_namespace = "neoburst";
  c.burst.attempt.limit_seconds = 3600;
  if (!lenient) return c;
  c.policy.allow = {HostAccess::kHostNetwork, HostAccess::kHostPath, HostAccess::kHostPid,
                    HostAccess::kHostIpc, HostAccess::kPrivileged};
  c.policy.runtime_classes = {{"gvisor", "runsc"}};
  c.policy.storage_classes = {{"fast", "nvme"}};
  c.policy.volume_claims = {{"lab/data", "there"}};
  c.policy.csi_drivers = {"d.example"};
  return c;
}

/// "COPY Secret s k" stands for the name of that copy.
json with_copy_names(json value) {
  if (value.is_structured()) {
    for (json& inner : value) inner = with_copy_names(inner);
    return value;
  }
  if (!value.is_string() || !value.get_ref<const std::string&>().starts_with("COPY ")) return value;
  std::istringstream words(value.get<std::string>());
  std::string word;
  std::string kind;
  Reference r;
  words >> word >> kind >> r.name;
  r.kind = kind == "Secret" ? ReferenceKind::kSecret : ReferenceKind::kConfigMap;
  if (words >> word) r.keys.insert(word);
  return copy_name("inst", "lab", r);
}

/// One field in an otherwise empty pod.
class OneField {
 public:
  OneField(const std::string& type, const std::string& field, const json& value)
      : ephemeral_(type == "EphemeralContainer"),
        from_(kPlaces.at(type) + "/" + field),
        to_(ephemeral_ ? "/" + field : kPlaces.at(type) + "/" + field) {
    pod_ = json::parse(R"({"metadata": {"name": "p", "namespace": "lab", "uid": "u"},
                           "spec": {"containers": [{"name": "main", "image": "i"}]}})");
    pod_[from_] = value;
  }

  base::Result<json> twin(bool lenient) const {
    if (!ephemeral_) return make_twin(pod_, context(lenient));
    auto carried = carry_ephemeral_containers(pod_, {}, context(lenient));
    if (!carried.refused.empty()) return base::fail(carried.refused[0].second);
    return carried.add.at(0);
  }
  /// null where the twin does not have it.
  json seen(const json& twin) const { return twin.contains(to_) ? twin.at(to_) : json(); }

 private:
  bool ephemeral_;
  json::json_pointer from_;
  json::json_pointer to_;
  json pod_;
};

void check(const std::string& type, const FieldRule& rule, const json& samples) {
  const std::string field(rule.name);
  const std::string key = type + "." + field;
  SCOPED_TRACE(key);
  const json sample = samples.value(key, json("sample"));
  const bool told = sample.is_object() && sample.contains("becomes");
  const OneField one(type, field, told ? sample["given"] : sample);
  const auto made = one.twin(true);
  if (rule.fate == Fate::kRefused) {
    ASSERT_FALSE(made);
    EXPECT_TRUE(made.error().is(base::Code::kInvalid));
    EXPECT_NE(made.error().message.find(field), std::string::npos) << made.error().message;
    return;
  }
  ASSERT_TRUE(made) << made.error().message;
  if (rule.fate == Fate::kDropped) {
    EXPECT_TRUE(one.seen(*made).is_null());
    return;
  }
  ASSERT_TRUE(rule.fate != Fate::kChanged || told) << "a changed field needs a sample of what it becomes";
  EXPECT_EQ(one.seen(*made), with_copy_names(told ? sample["becomes"] : sample));
  if (rule.fate != Fate::kPolicy) return;
  const auto refused = one.twin(false);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(base::Code::kForbidden)) << refused.error().text();
}

TEST(FieldTable, EveryFieldHasTheFateThatTheTableSays) {
  auto file = open("tests/unit/burst/data/field_samples.json");
  const json samples = json::parse(file);
  for (const TypeRules& type : field_table()) {
    for (const FieldRule& rule : type.fields) check(std::string(type.type), rule, samples);
  }
}

TEST(FieldTable, NoSampleIsForAFieldThatDoesNotExist) {
  auto file = open("tests/unit/burst/data/field_samples.json");
  const auto fates = fates_in_the_code();
  const json samples = json::parse(file);
  for (const auto& [key, sample] : samples.items()) EXPECT_TRUE(fates.contains(key)) << key;
}

}  // namespace burst::field_table_test
