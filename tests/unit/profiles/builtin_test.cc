#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "profiles/builtin_texts.h"
#include "profiles/profiles.h"
#include "support/source_dir.h"

// The content of the files in profiles/, and that the program has them as the repository does.

namespace profiles::builtin_test {

const std::filesystem::path kRoot = testing_support::source_dir();

std::string content(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

const market::Profile& profile(std::string_view name) {
  const auto found = builtin_profiles().find(name);
  EXPECT_NE(found, builtin_profiles().end()) << name;
  static const market::Profile none;
  return found == builtin_profiles().end() ? none : found->second;
}

const market::ProfileRegion& region(const market::Profile& of, std::string_view name) {
  const auto found = std::ranges::find(of.regions, name, &market::ProfileRegion::name);
  EXPECT_NE(found, of.regions.end()) << of.name << "/" << name;
  static const market::ProfileRegion none;
  return found == of.regions.end() ? none : *found;
}

TEST(Builtin, AreTheProfilesThatTheApiKnows) {
  std::vector<std::string> names;
  for (const auto& [name, value] : builtin_profiles()) names.push_back(name);
  EXPECT_THAT(names,
              testing::ElementsAre("aws", "azure", "coreweave", "crusoe", "firmus", "foxconn", "gcp",
                                   "generic", "gmicloud", "lambda", "nebius", "nscale", "softbank", "yotta"));
  const std::string crd = content(kRoot / "crds/neoburst.io_neocloudproviders.yaml");
  const std::size_t at = crd.find("enum: [coreweave,");
  ASSERT_NE(at, std::string::npos);
  const std::string line = crd.substr(at, crd.find(']', at) - at + 1);
  for (const std::string& name : names) EXPECT_THAT(line, testing::ContainsRegex("[[ ]" + name + "[],]"));
  EXPECT_EQ(static_cast<std::size_t>(std::ranges::count(line, ',')), names.size() - 1);
}

TEST(Builtin, AreTheFilesOfTheRepository) {
  for (const EmbeddedText& embedded : builtin_texts()) {
    EXPECT_EQ(embedded.text, content(kRoot / "profiles" / (std::string(embedded.name) + ".yaml")));
  }
  const auto read_again = load_profiles(kRoot / "profiles");
  ASSERT_TRUE(read_again) << read_again.error().text();
  EXPECT_EQ(read_again->size(), builtin_profiles().size());
  EXPECT_EQ(builtin_texts().size(), builtin_profiles().size());
}

TEST(Builtin, EachHasItsPage) {
  for (const auto& [name, value] : builtin_profiles()) {
    EXPECT_EQ(value.documentation, "docs/providers/" + name + ".md");
    const std::string page = content(kRoot / value.documentation);
    EXPECT_THAT(page, testing::HasSubstr("profile: " + name + "\n")) << "an example manifest";
    EXPECT_THAT(page, testing::HasSubstr("## What is not publicly known")) << name;
  }
}

TEST(Builtin, EveryFactHasItsOrigin) {
  for (const auto& [name, value] : builtin_profiles()) {
    for (const market::ListPrice& price : value.prices) {
      EXPECT_GT(price.per_hour.micros, 0) << name << " " << price.model;
      EXPECT_FALSE(price.as_of.empty() || price.source.empty()) << name << " " << price.model;
    }
    for (const auto& place : value.regions) {
      EXPECT_EQ(place.coordinates.has_value(), place.precision != market::Precision::kUnknown)
          << name << "/" << place.name << ": coordinates are of a known precision";
    }
    const bool needs_command = value.access.method == market::AuthMethod::kExec;
    EXPECT_EQ(value.access.command.empty(), !needs_command) << name;
    EXPECT_FALSE(value.access.notes.empty()) << name;
  }
}

TEST(Builtin, LawIsTheOperatorsHome) {
  const std::map<std::string, std::string> homes = {
      {"aws", "US"},     {"azure", "US"},  {"coreweave", "US"}, {"crusoe", "US"},   {"firmus", "AU"},
      {"foxconn", "TW"}, {"gcp", "US"},    {"generic", ""},     {"gmicloud", "US"}, {"lambda", "US"},
      {"nebius", "NL"},  {"nscale", "GB"}, {"softbank", "JP"},  {"yotta", "IN"}};
  for (const auto& [name, home] : homes) EXPECT_EQ(profile(name).jurisdiction, home) << name;
  // A US operator's site in Spain: the country of the place is another fact.
  EXPECT_EQ(region(profile("coreweave"), "EU-SOUTH-03").country, "ES");
}

TEST(Builtin, PlacesOfKnownRegions) {
  EXPECT_EQ(region(profile("nebius"), "eu-north1").country, "FI");
  EXPECT_EQ(region(profile("nebius"), "eu-north1").coordinates->latitude_milli, 60'630);
  EXPECT_EQ(region(profile("nebius"), "eu-north2").country, "IS");
  EXPECT_EQ(region(profile("azure"), "norwayeast").country, "NO") << "Norway is not a boolean";
  EXPECT_EQ(region(profile("aws"), "eu-west-1").country, "IE");
  EXPECT_EQ(region(profile("lambda"), "europe-south-1").country, "") << "unknown, so it passes no rule";
  // The same name elsewhere is another region.
  EXPECT_EQ(region(profile("gcp"), "us-central1").place, "Iowa");
  EXPECT_EQ(region(profile("nebius"), "us-central1").place, "Kansas City");
}

TEST(Builtin, DialectsAndTaints) {
  const market::Profile& coreweave = profile("coreweave");
  EXPECT_THAT(coreweave.gpu_labels, testing::Not(testing::Contains("cloud.google.com/gke-accelerator")));
  const market::Toleration evict{"node.coreweave.cloud/evict", false, "", "NoExecute"};
  EXPECT_TRUE(std::ranges::any_of(coreweave.never_tolerate,
                                  [&](const auto& never) { return market::overlap(evict, never); }));
  EXPECT_THAT(coreweave.autoscaling.never_models, testing::ElementsAre("GB200", "GB300"));
  EXPECT_EQ(coreweave.autoscaling.provisioning_deadline, std::chrono::minutes(15));
  EXPECT_EQ(profile("lambda").autoscaling.mode, market::AutoscalingMode::kNone);
  EXPECT_EQ(profile("lambda").minimum_commitment.gpus, 16);
  EXPECT_EQ(profile("lambda").minimum_commitment.duration, std::chrono::days(14));
  const market::CapacityMark preemptible{market::CapacityMark::Kind::kLabel, "nebius.com/preemptible", "true",
                                         market::CapacityType::kSpot};
  EXPECT_THAT(profile("nebius").capacity_marks, testing::ElementsAre(preemptible));
  for (const auto& [name, value] : builtin_profiles()) {
    EXPECT_EQ(value.gpu_labels.front(), "nvidia.com/gpu.product") << name;
    EXPECT_THAT(value.gpu_resources, testing::ElementsAre("nvidia.com/gpu")) << name;
    // A taint of spot nodes that is always tolerated would place claims there that do not allow Spot.
    for (const auto& spot : value.spot_tolerations)
      EXPECT_THAT(value.tolerations, testing::Not(testing::Contains(spot)));
  }
}

TEST(Builtin, PricesPerGpuHour) {
  const auto price = [](std::string_view of, std::string_view model, market::CapacityType type,
                        std::int64_t gpus) {
    for (const market::ListPrice& each : profile(of).prices) {
      if (each.model == model && each.capacity_type == type && each.gpus == gpus) {
        return market::format_money(market::per_gpu_hour(each));
      }
    }
    return std::string("none");
  };
  using enum market::CapacityType;
  EXPECT_EQ(price("coreweave", "H100", kOnDemand, 8), "6.155");
  EXPECT_EQ(price("coreweave", "H100", kSpot, 8), "2.46375");
  EXPECT_EQ(price("coreweave", "GB200", kOnDemand, 4), "10.50");
  EXPECT_EQ(price("nebius", "H100", kOnDemand, 0), "3.85");
  EXPECT_EQ(price("lambda", "H100", kReserved, 0), "6.16");
  EXPECT_EQ(price("azure", "H100", kOnDemand, 2), "8.82");
  for (const char* name : {"firmus", "foxconn", "softbank", "gmicloud", "nscale", "yotta", "generic"}) {
    EXPECT_TRUE(profile(name).prices.empty()) << name << " publishes none";
  }
}

TEST(Price, IsRoundedUpToTheMicroUnit) {
  market::ListPrice price;
  price.per_hour = {10'000'000};
  price.gpus = 3;
  EXPECT_EQ(market::per_gpu_hour(price).micros, 3'333'334);
  price.gpus = 0;
  EXPECT_EQ(market::per_gpu_hour(price).micros, 10'000'000);
}

}  // namespace profiles::builtin_test
