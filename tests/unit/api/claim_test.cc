#include <gtest/gtest.h>

#include "api/config.h"
#include "json.h"

namespace api::claim_test {

using nlohmann::json;

ClaimRecord claim(const json& spec, const json& status = nullptr) {
  auto record = decode<ClaimRecord>(spec, status, decode_claim);
  EXPECT_TRUE(record) << record.error().text();
  return record ? *record : ClaimRecord{};
}

TEST(Claim, AnEmptySpecHasTheDefaultsOfTheSchema) {
  const ClaimRecord record = claim(json::object());
  EXPECT_EQ(record.problem, "");
  EXPECT_EQ(record.meta.name, "x");
  EXPECT_EQ(record.rules.after, std::chrono::seconds(10));
  EXPECT_TRUE(record.rules.before_preemption);
  EXPECT_EQ(record.rules.lifetime, std::chrono::hours(168));
  EXPECT_TRUE(record.selector.requirements.empty());
  EXPECT_EQ(record.status_text, "");
}

TEST(Claim, ReadsEverything) {
  const ClaimRecord record =
      claim({{"podSelector",
              {{"matchLabels", {{"app", "train"}}},
               {"matchExpressions", {{{"key", "tier"}, {"operator", "NotIn"}, {"values", {"dev"}}}}}}},
             {"gpus",
              {{"max", 8},
               {"models", {"H100"}},
               {"minMemoryGiB", 80},
               {"interconnect", "NVLink"},
               {"capacityTypes", {"OnDemand", "Spot"}}}},
             {"burst",
              {{"when", "Always"},
               {"after", "1m30s"},
               {"beforePreemption", false},
               {"provisioningDeadline", "15m"},
               {"startDeadline", "5m"},
               {"onProviderLost", "Failover"}}},
             {"network", {{"podAddresses", "Published"}, {"services", "Allow"}}},
             {"location",
              {{"countries", {"EU"}},
               {"operatorJurisdictions", {"NL"}},
               {"excludeJurisdictions", {"US"}},
               {"certifications", {"C5"}},
               {"near", {{"latitude", "60.17"}, {"longitude", "24.94"}}},
               {"maxDistanceKm", 500}}},
             {"providers", {{"allow", {"a"}}, {"deny", {"b"}}}},
             {"price", {{"maxPerGPUHour", "3.50"}, {"currency", "EUR"}}},
             {"budget", {{"amount", "100"}, {"period", "Day"}, {"onExhausted", "Terminate"}}},
             {"strategy", "Nearest"},
             {"lifetime", "24h"}},
            {{"spend", {{"total", "1.25"}}}});
  EXPECT_EQ(record.problem, "");
  const market::ClaimRules& rules = record.rules;
  EXPECT_EQ(record.selector.requirements.size(), 2u);
  EXPECT_EQ(rules.max_gpus, 8);
  EXPECT_EQ(rules.after, std::chrono::seconds(90));
  EXPECT_FALSE(rules.before_preemption);
  EXPECT_EQ(rules.pod_addresses, market::PodAddresses::kPublished);
  EXPECT_EQ(rules.services, market::ServicePods::kAllow);
  EXPECT_EQ(rules.countries.size(), 27u);
  EXPECT_EQ(rules.near->latitude_milli, 60'170);
  EXPECT_EQ(rules.max_per_gpu_hour->micros, 3'500'000);
  EXPECT_EQ(rules.currency, "EUR");
  EXPECT_EQ(rules.budget->amount.micros, 100'000'000);
  EXPECT_EQ(rules.budget->on_exhausted, market::OnExhausted::kTerminate);
  EXPECT_EQ(rules.strategy, market::Strategy::kNearest);
  EXPECT_NE(record.status_text, "");
}

TEST(Claim, ProblemsNameThePlaceAndTheMend) {
  const std::pair<json, const char*> cases[] = {
      {{{"location", {{"countries", {"FI", "UK"}}}}},
       "spec.location.countries[1]: \"UK\" is not an ISO 3166 country code; did you mean GB?"},
      {{{"location", {{"excludeJurisdictions", {"USA"}}}}},
       "spec.location.excludeJurisdictions[0]: \"USA\" is not an ISO 3166 country code; did you mean US?"},
      {{{"price", {{"maxPerGPUHour", "-1"}}}}, "spec.price.maxPerGPUHour: \"-1\" is not an amount of money"},
      {{{"price", {{"maxPerGPUHour", 3.5}}}}, "spec.price.maxPerGPUHour: must be a string"},
      {{{"gpus", {{"models", {"H1000"}}}}},
       "spec.gpus.models[0]: \"H1000\" is not a GPU model's name; known are V100"},
      {{{"gpus", {{"models", {"A100-80GB"}}}}},
       "spec.gpus.models[0]: \"A100-80GB\" is not a GPU model's name; did you mean A100?"},
      {{{"gpus", {{"max", 0}}}}, "spec.gpus.max: must be at least 1"},
      {{{"burst", {{"after", "10"}}}}, "spec.burst.after: \"10\": not a duration"},
      {{{"burst", {{"when", "Sometimes"}}}},
       "spec.burst.when: \"Sometimes\" is not one of LocalExhausted, Always, Never"},
      {{{"network", {{"services", "Maybe"}}}},
       "spec.network.services: \"Maybe\" is not one of Refuse, Allow"},
      {{{"location", {{"maxDistanceKm", 5}}}}, "spec.location.maxDistanceKm: needs near"},
      {{{"providers", {{"allow", {"a"}}, {"deny", {"a"}}}}},
       "spec.providers.deny: provider a is both allowed and denied"},
      {{{"budget", {{"amount", "0"}}}}, "spec.budget.amount: must be more than 0"},
      {{{"budget", json::object()}}, "spec.budget.amount: must be more than 0"},
      {{{"strategy", "Nearest"}}, "spec.strategy: Nearest needs location.near"},
      {{{"lifetime", "0s"}}, "spec.lifetime: must be more than 0"},
      {{{"gpus", "many"}}, "spec.gpus: must be an object"},
      {{{"podSelector", {{"matchExpressions", {{{"key", "a"}, {"operator", "In"}}}}}}},
       "spec.podSelector.matchExpressions[0].values: must name at least one value"},
      {json("text"), "spec: must be an object"},
  };
  for (const auto& [spec, problem] : cases) {
    EXPECT_TRUE(claim(spec).problem.starts_with(problem))
        << "is:     " << claim(spec).problem << "\nshould: " << problem;
  }
}

TEST(Claim, OnlyUnreadableMetadataIsMalformed) {
  for (const char* text : {"{}", R"({"spec":{}})", R"({"metadata":7})", R"({"metadata":{"name":7}})"}) {
    const auto record = kube::decode_text<ClaimRecord>(text, decode_claim);
    ASSERT_FALSE(record) << text;
    EXPECT_TRUE(record.error().is(base::Code::kMalformed));
  }
  EXPECT_TRUE(kube::decode_text<ClaimRecord>(R"({"metadata":{"name":"a"},"spec":[1,2]})", decode_claim));
}

TEST(Claim, ALifetimeIsShorterUnderABudget) {
  EXPECT_EQ(claim(json::object()).rules.lifetime, std::chrono::hours(168));
  EXPECT_EQ(claim({{"budget", {{"amount", "10"}}}}).rules.lifetime, std::chrono::hours(24));
  EXPECT_EQ(claim({{"budget", {{"amount", "10"}}}, {"lifetime", "2h"}}).rules.lifetime,
            std::chrono::hours(2));
}

std::shared_ptr<const ClaimRecord> grouped() {
  return std::make_shared<const ClaimRecord>(claim(
      {{"location", {{"countries", {"DE", "group:nordics"}}, {"excludeJurisdictions", {"group:nordics"}}}}}));
}

ConfigRecord config(const json& spec) {
  auto record = decode<ConfigRecord>(spec, nullptr, decode_config);
  EXPECT_TRUE(record) << record.error().text();
  return record ? *record : ConfigRecord{};
}

// A group is unknown until the configuration defines it: nothing may burst before that.
TEST(Claim, AnUnknownGroupIsAProblem) {
  EXPECT_EQ(grouped()->problem, "");
  const auto alone = configured(grouped(), nullptr);
  EXPECT_TRUE(alone->problem.starts_with("spec.location: the group \"group:nordics\" is not known"))
      << alone->problem;
  const auto other = config({{"countryGroups", {{{"name", "baltics"}, {"countries", {"EE"}}}}}});
  EXPECT_NE(configured(grouped(), &other)->problem, "");
}

TEST(Claim, GroupsRatesAndCeilingComeFromTheConfiguration) {
  const auto c = config({{"countryGroups", {{{"name", "nordics"}, {"countries", {"FI", "SE"}}}}},
                         {"exchangeRates", {{{"currency", "USD"}, {"worth", "1"}}}},
                         {"ceiling", {{"amount", "100"}, {"period", "Day"}}}});
  EXPECT_EQ(c.problem, "");
  const auto ready = configured(grouped(), &c);
  EXPECT_EQ(ready->problem, "");
  EXPECT_EQ(ready->stopped, "");
  EXPECT_EQ(ready->rules.countries, (market::Countries{"DE", "FI", "SE"}));
  EXPECT_EQ(ready->rules.exclude_jurisdictions, (market::Countries{"FI", "SE"}));
  EXPECT_EQ(ready->rules.rates.at("USD"), 1'000'000);
  EXPECT_EQ(ready->rules.ceiling->amount.micros, 100'000'000);
}

TEST(Config, StopsSpendingWhenToldToOrUnreadable) {
  const auto plain = std::make_shared<const ClaimRecord>(claim(json::object()));
  const auto off = config({{"stopSpending", true}, {"stopReason", "audit"}});
  EXPECT_TRUE(configured(plain, &off)->stopped.ends_with(": audit"));
  const auto broken = config({{"ceiling", {{"amount", "1,50"}}}});
  EXPECT_TRUE(broken.problem.starts_with("spec.ceiling.amount: \"1,50\"")) << broken.problem;
  EXPECT_NE(configured(plain, &broken)->stopped, "");
  EXPECT_EQ(configured(plain, nullptr)->stopped, "");
}

TEST(Config, Problems) {
  const std::pair<json, const char*> cases[] = {
      {{{"countryGroups", {{{"name", "x"}, {"countries", {"UK"}}}}}},
       "spec.countryGroups[0].countries[0]: \"UK\""},
      {{{"countryGroups", {{{"name", "x"}, {"countries", {"group:y"}}}}}},
       "spec.countryGroups[0].countries[0]: \"group:y\""},
      {{{"exchangeRates", {{{"currency", "EUR"}, {"worth", "0"}}}}},
       "spec.exchangeRates[0].worth: must be more"},
      {{{"ledgerRetention", "soon"}}, "spec.ledgerRetention"},
  };
  for (const auto& [spec, problem] : cases) {
    EXPECT_TRUE(config(spec).problem.starts_with(problem)) << config(spec).problem;
  }
}

}  // namespace api::claim_test
