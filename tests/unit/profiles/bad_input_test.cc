#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "profiles/builtin_texts.h"
#include "profiles/profiles.h"

// A wrong profile is rejected with the place and the fix, whatever is wrong with it.

namespace profiles::bad_input_test {

constexpr const char* kHead = "name: x\ndisplayName: X\ndocumentation: docs/providers/x.md\n";

std::string error_of(const std::string& text) {
  const auto profile = parse_profile(text, "profiles/x.yaml");
  return profile ? "" : profile.error().message;
}

TEST(BadInput, NamesThePlaceAndTheMend) {
  const std::pair<const char*, const char*> cases[] = {
      {"taints: {tolerate: [{key: a, operatr: Exists}]}",
       "profiles/x.yaml: taints.tolerate[0].operatr: unknown key; did you mean operator?"},
      {"jurisdicton: US", "profiles/x.yaml: jurisdicton: unknown key; did you mean jurisdiction?"},
      {"zebra: 1", "profiles/x.yaml: zebra: unknown key"},
      {"gpu: {Labels: [a]}", "profiles/x.yaml: gpu.Labels: unknown key; did you mean labels?"},
      {"jurisdiction: UK",
       "profiles/x.yaml: jurisdiction: \"UK\" is not an ISO 3166 country code; did you mean GB?"},
      {"jurisdiction: EU", "profiles/x.yaml: jurisdiction: \"EU\" is a group; name one country"},
      {"regions: [{name: r, country: UK}]",
       "profiles/x.yaml: regions[0].country: \"UK\" is not an ISO 3166 country code; did you mean GB?"},
      {"regions: [{name: r, latitude: \"91\", longitude: \"0\"}]",
       "profiles/x.yaml: regions[0]: latitude \"91\" is not a number of degrees from -90 to 90, such as "
       "\"60.17\""},
      {"regions: [{name: r, latitude: \"60\", longitude: \"180.5\"}]",
       "profiles/x.yaml: regions[0]: longitude \"180.5\" is not a number of degrees from -180 to 180, such "
       "as "
       "\"24.94\""},
      {"regions: [{name: r, latitude: \"60\"}]",
       "profiles/x.yaml: regions[0]: longitude \"\" is not a number of degrees from -180 to 180, such as "
       "\"24.94\""},
      {"regions: [{name: r, latitude: 60, longitude: \"0\"}]",
       "profiles/x.yaml: regions[0].latitude: must be a string: put it in quotes"},
      {"regions: [{name: r}, {name: r}]",
       "profiles/x.yaml: regions[1].name: \"r\" is listed twice; a region has one entry"},
      {"regions: [{country: FI}]", "profiles/x.yaml: regions[0].name: is required"},
      {"regions: [{name: r, precision: Street}]",
       "profiles/x.yaml: regions[0].precision: \"Street\" is not one of Unknown, Country, State, City"},
      {"regions: {name: r}", "profiles/x.yaml: regions: must be a list"},
      {"regions: [r]", "profiles/x.yaml: regions[0]: must be an object"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: \"1,50\"}]}",
       "profiles/x.yaml: prices.list[0].perHour: \"1,50\" is not an amount of money; write digits with a "
       "point "
       "and at most six decimals, such as \"3.50\""},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: 4}]}",
       "profiles/x.yaml: prices.list[0].perHour: must be a string: put it in quotes"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100}]}",
       "profiles/x.yaml: prices.list[0].perHour: is required, such as \"2.95\""},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: \"-1\"}]}",
       "profiles/x.yaml: prices.list[0].perHour: \"-1\" is not an amount"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: h100, perHour: \"1\"}]}",
       "profiles/x.yaml: prices.list[0].model: \"h100\" is not a GPU model's name; did you mean H100?"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: Z9, perHour: \"1\"}]}",
       "profiles/x.yaml: prices.list[0].model: \"Z9\" is not a GPU model's name; known are "},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: \"1\", region: nowhere}]}",
       "profiles/x.yaml: prices.list[0].region: \"nowhere\" is not among regions; correct it or add the "
       "region"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: \"1\", gpus: 0}]}",
       "profiles/x.yaml: prices.list[0].gpus: must be at least 1"},
      {"prices: {asOf: \"2026-01-01\", list: [{model: H100, perHour: \"1\"}, {model: H100, perHour: \"2\"}]}",
       "profiles/x.yaml: prices.list[1]: the same model"},
      {"prices: {list: [{model: H100, perHour: \"1\"}]}",
       "profiles/x.yaml: prices.list[0].asOf: is required: the date of the price"},
      {"prices: {asOf: \"2026-13-01\"}",
       "profiles/x.yaml: prices.asOf: \"2026-13-01\" is not a date such as \"2026-09-20\""},
      {"prices: {currency: usd}",
       "profiles/x.yaml: prices.currency: \"usd\" is not three capital letters such as USD (ISO 4217)"},
      {"autoscaling: {mode: Sometimes}",
       "profiles/x.yaml: autoscaling.mode: \"Sometimes\" is not one of Unknown, None, OptIn, OnDemand"},
      {"autoscaling: {provisioningDeadline: -5m}",
       "profiles/x.yaml: autoscaling.provisioningDeadline: \"-5m\": not a duration such as \"90s\""},
      {"autoscaling: {neverModels: [H100, GB2000]}",
       "profiles/x.yaml: autoscaling.neverModels[1]: \"GB2000\" is not a GPU model's name"},
      {"minimumCommitment: {gpus: -1}", "profiles/x.yaml: minimumCommitment.gpus: must be at least 0"},
      {"minimumCommitment: {gpus: many}", "profiles/x.yaml: minimumCommitment.gpus: must be a whole number"},
      {"taints: {tolerate: [{operator: Exists}]}",
       "profiles/x.yaml: taints.tolerate[0].key: is required: the key of the taint"},
      {"taints: {tolerate: [{key: a, operator: Exists, value: b}]}",
       "profiles/x.yaml: taints.tolerate[0].value: must be left out for the operator Exists"},
      {"taints: {tolerate: [{key: a, effect: Never}]}",
       "profiles/x.yaml: taints.tolerate[0].effect: \"Never\" is not one of NoSchedule, PreferNoSchedule, "
       "NoExecute"},
      {"taints: {tolerate: [{key: a, value: \"b c\"}]}",
       "profiles/x.yaml: taints.tolerate[0].value: \"b c\" is not the value of a taint"},
      {"taints: {tolerate: [{key: a, operator: Exists}], neverTolerate: [{key: a, effect: NoExecute}]}",
       "profiles/x.yaml: taints: the taint a is both tolerated and under neverTolerate; remove it from one "
       "of them"},
      {"gpu: {labels: [\"a b\"]}", "profiles/x.yaml: gpu.labels[0]: \"a b\" is not the name of a label"},
      {"gpu: {labels: []}", "profiles/x.yaml: gpu.labels: must name at least one label"},
      {"gpu: {resources: []}", "profiles/x.yaml: gpu.resources: must name at least one resource"},
      {"fabricLabels: [7]", "profiles/x.yaml: fabricLabels[0]: must be a string"},
      {"capacityMarks: [{key: spot}]",
       "profiles/x.yaml: capacityMarks[0].capacityType: is required: Spot, Reserved or OnDemand"},
      {"capacityMarks: [{key: spot, capacityType: Cheap}]",
       "profiles/x.yaml: capacityMarks[0].capacityType: \"Cheap\" is not one of OnDemand, Spot, Reserved"},
      {"access: {method: Password}",
       "profiles/x.yaml: access.method: \"Password\" is not one of Unknown, Token, ClientCertificate, Exec"},
      {"access: [Token]", "profiles/x.yaml: access: must be an object"},
      {"gpu: {labels: [a}", "profiles/x.yaml: line 4: not YAML: "},
      {"name: y", "profiles/x.yaml: line 4: the key name is there twice"},
      {"---\nname: y", "profiles/x.yaml: must be one YAML document, but has more"},
      {"a: b]", "profiles/x.yaml: a: unknown key"},
      {"]", "profiles/x.yaml: line 4: not YAML: illegal flow end"},
      {"? [a]\n: b", "profiles/x.yaml: line 4: a key must be text"},
  };
  for (const auto& [lines, message] : cases) {
    EXPECT_THAT(error_of(std::string(kHead) + lines + "\n"), testing::StartsWith(message)) << lines;
  }
  EXPECT_EQ(error_of(kHead), "");
}

TEST(BadInput, WhatEveryProfileMustSay) {
  EXPECT_EQ(error_of(""), "profiles/x.yaml: must be one YAML document, but has none");
  EXPECT_EQ(error_of(","), "profiles/x.yaml: must be one YAML document, but has more");
  EXPECT_EQ(error_of("just text"), "profiles/x.yaml: must be a map that begins with name:");
  EXPECT_THAT(error_of("{displayName: X, documentation: d}"), testing::HasSubstr(": name: is required: "));
  EXPECT_THAT(error_of("{name: X, displayName: X, documentation: d}"),
              testing::HasSubstr(": name: is required: "));
  EXPECT_THAT(error_of("{name: x, documentation: d}"), testing::HasSubstr(": displayName: is required"));
  EXPECT_THAT(error_of("{name: x, displayName: X}"), testing::HasSubstr(": documentation: is required"));
}

TEST(BadInput, IsBounded) {
  const std::string head = kHead;
  EXPECT_THAT(error_of(head + "access: {notes: " + std::string(1025, 'n') + "}"),
              testing::HasSubstr("access.notes: is too long: 1025 bytes, at most 1024"));
  std::string list = "fabricLabels: [";
  for (int i = 0; i < 513; ++i) list += "a,";
  EXPECT_THAT(error_of(head + list + "]"),
              testing::HasSubstr("fabricLabels: is too long: 513 entries, at most 512"));
  EXPECT_THAT(error_of(head + "#" + std::string(256 * 1024, 'c')),
              testing::HasSubstr("is larger than 256 KiB"));
  EXPECT_THAT(error_of(head + "gpu: " + std::string(40, '[') + std::string(40, ']')),
              testing::HasSubstr("is nested too deeply"));
  EXPECT_NE(error_of(head + "gpu: " + std::string(100'000, '[')), "");
}

TEST(BadInput, AliasesDoNotExplode) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += name + ": &" + name + " [" + last;
    for (int j = 1; j < 10; ++j) bomb += ", " + last;
    bomb += "]\n";
  }
  EXPECT_THAT(error_of(bomb), testing::HasSubstr("the document is too large"));
  EXPECT_THAT(error_of("a: &a [*a]"), testing::StartsWith("profiles/x.yaml: "));
}

// Whatever bytes change, the answer is a profile or a message, never a crash.
TEST(BadInput, MutilatedFilesNeverCrash) {
  std::mt19937 random(20260920);
  int rejected = 0;
  for (int round = 0; round < 400; ++round) {
    const auto texts = builtin_texts();
    std::string text(texts[random() % texts.size()].text.substr(0, 3000));
    for (int i = 0; i < 3; ++i)
      text[random() % text.size()] = "\"'[]{}:,-#&*!|>%@\n\t 0Aa\x01\xff"[random() % 26];
    const auto profile = parse_profile(text, "x");
    if (profile) continue;
    ++rejected;
    EXPECT_THAT(profile.error().message, testing::StartsWith("x: "));
  }
  EXPECT_GT(rejected, 0);
}

class Folder : public testing::Test {
 protected:
  Folder() : path_(std::filesystem::path(testing::TempDir()) / "neoburst_profiles") {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() override { std::filesystem::remove_all(path_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(path_ / name) << text; }
  std::string error() {
    const auto profiles = load_profiles(path_);
    return profiles ? "" : profiles.error().message;
  }
  std::filesystem::path path_;
};

TEST_F(Folder, AddsAndReplaces) {
  write("nebius.yaml", "name: nebius\ndisplayName: Ours\ndocumentation: d\n");
  write("x.yaml", kHead);
  write("notes.txt", "not a profile");
  const auto profiles = load_profiles(path_);
  ASSERT_TRUE(profiles) << profiles.error().text();
  EXPECT_EQ(profiles->size(), builtin_profiles().size() + 1);
  EXPECT_EQ(profiles->at("nebius").display_name, "Ours");
  EXPECT_TRUE(profiles->at("nebius").regions.empty()) << "replaced as a whole";
  EXPECT_EQ(builtin_profiles().at("nebius").display_name, "Nebius");
  EXPECT_FALSE(builtin_profiles().contains("x"));
}

TEST_F(Folder, OneBadFileFailsTheWhole) {
  write("x.yaml", std::string(kHead) + "jurisdiction: UK\n");
  EXPECT_THAT(error(), testing::HasSubstr("x.yaml: jurisdiction: \"UK\" is not"));
  write("x.yaml", std::string(kHead));
  write("y.yaml", std::string(kHead));
  EXPECT_THAT(error(),
              testing::HasSubstr("y.yaml: name: \"x\" must be the file's name; call the file x.yaml"));
}

TEST_F(Folder, MustBeThere) {
  const auto profiles = load_profiles(path_ / "missing");
  ASSERT_FALSE(profiles);
  EXPECT_THAT(profiles.error().message,
              testing::HasSubstr("missing: cannot be read as a folder of profiles"));
  std::filesystem::create_directories(path_ / "folder.yaml");
  EXPECT_THAT(error(), testing::HasSubstr("folder.yaml: cannot be read"));
}

}  // namespace profiles::bad_input_test
