// Law before price: every rule is a hard gate, and what is unknown does not pass.

#include "support/e2e.h"

namespace testing_support::law_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Law : public EndToEnd {};

struct Row {
  const char* name;
  json spec;       ///< merged into an open claim's
  const char* eu;  ///< the rule that the EU offer breaks, "" when it fits
  const char* us;
};

TEST_F(Law, EachRuleIsNamedInTheVerdicts) {
  const std::vector<Row> rows = {
      {"open", json::object(), "", ""},
      {"price-cap", {{"price", {{"maxPerGPUHour", "2.50"}, {"currency", "USD"}}}}, "priceCap", ""},
      {"currency", {{"price", {{"maxPerGPUHour", "9.00"}, {"currency", "EUR"}}}}, "currency", "currency"},
      {"country", {{"location", {{"countries", {"EU"}}}}}, "", "country"},
      {"jurisdiction", {{"location", {{"operatorJurisdictions", {"US"}}}}}, "operatorJurisdiction", ""},
      {"excluded", {{"location", {{"excludeJurisdictions", {"US"}}}}}, "", "excludedJurisdiction"},
      {"denied", {{"providers", {{"deny", {"neocloud-eu"}}}}}, "provider", ""},
      {"allowed", {{"providers", {{"allow", {"neocloud-eu"}}}}}, "", "provider"},
      {"model", {{"gpus", {{"models", {"H200"}}}}}, "model", "model"},
      {"memory", {{"gpus", {{"minMemoryGiB", 120}}}}, "memory", "memory"},
      // Undeclared: unknown fails.
      {"certified", {{"location", {{"certifications", {"ISO27001"}}}}}, "certification", "certification"},
      {"near",
       {{"location", {{"near", {{"latitude", "60.2"}, {"longitude", "24.9"}}}, {"maxDistanceKm", 500}}}},
       "distance",
       "distance"},
  };
  for (const Row& row : rows) {
    json claim = open_claim(ns_, row.name);
    claim["spec"].merge_patch(row.spec);
    claim["spec"]["podSelector"] = {{"matchLabels", {{"nobody", "has-this"}}}};
    create_claim(claim);
  }
  for (const Row& row : rows) {
    SCOPED_TRACE(row.name);
    const std::string eu = row.eu;
    const std::string us = row.us;
    const json eu_verdict = wait_verdict(row.name, kEuOffer, eu.empty());
    const json us_verdict = wait_verdict(row.name, kUsOffer, us.empty());
    EXPECT_EQ(eu_verdict.value("rule", ""), eu) << eu_verdict;
    EXPECT_EQ(us_verdict.value("rule", ""), us) << us_verdict;
    EXPECT_EQ(eu_verdict.value("reason", "").empty(), eu.empty()) << eu_verdict;
  }
}

TEST_F(Law, TheCheapestOfferThatIsAllowedIsTaken) {
  create_claim(open_claim(ns_, "anywhere"), {kEuNode, kUsNode});
  create_pod(gpu_pod(ns_, "cheap", "1"));
  const json ran = wait_phase("cheap", "Succeeded");
  EXPECT_EQ(node_of(ran), kUsNode);
  EXPECT_EQ(wait_ended(ran)["status"].value("/attempt/country"_json_pointer, ""), "US");
}

TEST_F(Law, ALawThatIsTightenedStopsNewPods) {
  create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
  create_pod(gpu_pod(ns_, "before", "1"));
  EXPECT_EQ(node_of(wait_phase("before", "Succeeded")), kUsNode);
  const json patch = {{"spec", {{"location", {{"countries", {"EU"}}}}}}};
  const auto patched = home().patch(api::kClaims, ns_, "research", kube::PatchType::kMerge, patch.dump());
  ASSERT_TRUE(patched) << patched.error().text();
  create_pod(gpu_pod(ns_, "after", "1"));
  EXPECT_EQ(node_of(wait_phase("after", "Succeeded")), kEuNode);
}

}  // namespace testing_support::law_test
