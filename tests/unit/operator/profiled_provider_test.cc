#include "operator/home/profiled_provider.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace op::profiled_provider_test {

using std::chrono::milliseconds;
using std::chrono::minutes;
using testing::HasSubstr;
using testing::StartsWith;

/// Two profiles: one that says much, one that says nothing.
profiles::Profiles known() {
  market::Profile much;
  much.name = "much";
  much.jurisdiction = "US";
  using market::Precision;
  much.regions = {{"north", "FI", market::Coordinates{60'170, 24'940}, Precision::kCity, "Helsinki"},
                  {"south", "ES", market::Coordinates{41'390, 2'170}, Precision::kCity, "Barcelona"}};
  much.autoscaling.provisioning_deadline = minutes(15);
  market::ListPrice line;
  line.model = "H100";
  line.form = "SXM";
  line.per_hour = {49'240'001};
  line.gpus = 8;
  line.currency = "EUR";
  line.as_of = "2026-09-20";
  much.prices = {line};
  market::Profile silent;
  silent.name = "silent";
  return {{"much", much}, {"silent", silent}};
}

api::ProviderRecord provider(std::string profile) {
  api::ProviderRecord record;
  record.meta.name = "acme";
  record.profile = std::move(profile);
  return record;
}

TEST(ProfiledProvider, AnUnknownProfileIsAProblemThatNamesTheKnownOnes) {
  const auto out = under_profile(provider("mcuh"), known());
  EXPECT_EQ(out.problem, "spec.profile: \"mcuh\" is not one of much, silent");
  EXPECT_EQ(out.facts, nullptr);
  auto broken = provider("mcuh");
  broken.problem = "spec.regions[0]: no";
  EXPECT_EQ(under_profile(broken, known()).problem, "spec.regions[0]: no") << "the first problem stays";
}

TEST(ProfiledProvider, TheProfileSpeaksWhereTheSpecIsSilent) {
  const auto out = under_profile(provider("much"), known());
  EXPECT_EQ(out.problem, "");
  EXPECT_EQ(out.jurisdiction, "US");
  ASSERT_EQ(out.regions.size(), 2u);
  EXPECT_EQ(out.regions[0].name, "north");
  EXPECT_EQ(out.regions[0].country, "FI");
  EXPECT_EQ(out.regions[1].coordinates->latitude_milli, 41'390);
  ASSERT_TRUE(out.facts);
  EXPECT_EQ(out.facts->name, "much");

  auto own = provider("much");
  own.jurisdiction = "NL";
  EXPECT_EQ(under_profile(own, known()).jurisdiction, "NL");
}

TEST(ProfiledProvider, ASilentProfileLeavesUnknownWhatIsUnknown) {
  const auto out = under_profile(provider("silent"), known());
  EXPECT_EQ(out.jurisdiction, "");
  EXPECT_TRUE(out.regions.empty());
  EXPECT_TRUE(out.prices.empty());
  EXPECT_EQ(out.provisioning_deadline, milliseconds(0));
}

TEST(ProfiledProvider, ItsOwnRegionsAreCompletedAndNoneAreAdded) {
  auto own = provider("much");
  own.regions = {{"north", "", std::nullopt}, {"west", "PT", std::nullopt}};
  const auto out = under_profile(own, known());
  ASSERT_EQ(out.regions.size(), 2u);
  EXPECT_EQ(out.regions[0].country, "FI");
  EXPECT_EQ(out.regions[0].coordinates->latitude_milli, 60'170);
  EXPECT_EQ(out.regions[1].country, "PT");
  EXPECT_FALSE(out.regions[1].coordinates);
}

TEST(ProfiledProvider, CoordinatesOfAnotherCountryAreNotTakenOver) {
  auto own = provider("much");
  own.regions = {{"north", "SE", std::nullopt}};
  const auto out = under_profile(own, known());
  EXPECT_EQ(out.regions[0].country, "SE") << "the owner knows better";
  EXPECT_FALSE(out.regions[0].coordinates);
  own.regions = {{"north", "FI", market::Coordinates{61'000, 25'000}}};
  EXPECT_EQ(under_profile(own, known()).regions[0].coordinates->latitude_milli, 61'000);
}

TEST(ProfiledProvider, ListPricesComeLastAndAreCalledSo) {
  auto own = provider("much");
  market::PriceLine contract;
  contract.model = "H100";
  contract.price.per_gpu_hour = {2'000'000};
  own.prices = {contract};
  const auto out = under_profile(own, known());
  ASSERT_EQ(out.prices.size(), 2u);
  EXPECT_EQ(out.prices[0].price.kind, market::PriceKind::kContract);
  const auto& listed = out.prices[1];
  EXPECT_EQ(listed.model, "H100");
  EXPECT_EQ(listed.form, "SXM");
  EXPECT_EQ(listed.price.per_gpu_hour.micros, 6'155'001) << "an eighth of the machine, rounded up";
  EXPECT_EQ(listed.price.currency, "EUR");
  EXPECT_EQ(listed.price.as_of, "2026-09-20");
  EXPECT_EQ(listed.price.kind, market::PriceKind::kList);
}

TEST(ProfiledProvider, TheDeadlineIsForNodesThatMustComeFirst) {
  auto own = provider("much");
  EXPECT_EQ(under_profile(own, known()).provisioning_deadline, milliseconds(0)) << "nodes are there";
  own.capacity_mode = api::CapacityMode::kAutoscaling;
  EXPECT_EQ(under_profile(own, known()).provisioning_deadline, minutes(15));
  own.provisioning_deadline = minutes(3);
  EXPECT_EQ(under_profile(own, known()).provisioning_deadline, minutes(3));
}

TEST(ProfiledProvider, OverridesReplaceFieldsOfTheProfile) {
  auto own = provider("much");
  own.overrides_text = R"({"jurisdiction": "DE", "gpu": {"labels": ["acme.example/gpu"]}})";
  const auto out = under_profile(own, known());
  EXPECT_EQ(out.problem, "");
  EXPECT_EQ(out.jurisdiction, "DE");
  ASSERT_TRUE(out.facts);
  EXPECT_THAT(out.facts->gpu_labels, testing::ElementsAre("acme.example/gpu"));
  EXPECT_EQ(out.facts->regions.size(), 2u) << "what is not overridden stays";
}

TEST(ProfiledProvider, OverridesThatDoNotFitAreAProblemWithItsPlace) {
  auto own = provider("much");
  own.overrides_text = R"({"gpu": {"labls": []}})";
  const auto out = under_profile(own, known());
  EXPECT_THAT(out.problem, StartsWith("spec.overrides.gpu.labls"));
  EXPECT_EQ(out.facts, nullptr);
  own.overrides_text = R"({"jurisdiction": "UK"})";
  EXPECT_THAT(under_profile(own, known()).problem, HasSubstr("GB"));
  own.overrides_text = "no JSON";
  EXPECT_NE(under_profile(own, known()).problem, "");
}

// An override of one list cannot let in what the profile forbids in the other.
TEST(ProfiledProvider, AnOverrideCannotTolerateWhatTheProfileForbids) {
  auto own = provider("coreweave");
  own.overrides_text =
      R"({"taints": {"tolerate": [{"key": "node.coreweave.cloud/evict", "operator": "Exists"}]}})";
  EXPECT_THAT(under_profile(own, profiles::builtin_profiles()).problem,
              HasSubstr("both tolerated and under neverTolerate"));
}

TEST(ProfiledProvider, EveryBuiltInProfileServes) {
  for (const auto& [name, profile] : profiles::builtin_profiles()) {
    const auto out = under_profile(provider(name), profiles::builtin_profiles());
    EXPECT_EQ(out.problem, "") << name;
    EXPECT_EQ(out.prices.size(), profile.prices.size()) << name;
    EXPECT_TRUE(std::ranges::all_of(out.prices, [](const auto& line) {
      return line.price.per_gpu_hour.micros > 0 && !line.price.as_of.empty();
    })) << name;
  }
}

}  // namespace op::profiled_provider_test
