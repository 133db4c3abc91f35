#include "operator/cost_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace op::cost_metrics_test {

using market::CapacityType;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);

std::shared_ptr<api::OfferRecord> offer(const std::string& name) {
  auto record = std::make_shared<api::OfferRecord>();
  auto& o = record->offer;
  o.name = name;
  o.provider = "acme";
  o.region = "north";
  o.gpu.model = "H100";
  o.gpu.cpu_architecture = "amd64";
  o.price = market::Price{{2'950'000}, "USD", ""};
  o.total_gpus = 16;
  record->meta.name = name;
  record->node = market::burst_node_name(name);
  return record;
}

std::shared_ptr<api::BurstRecord> running(const std::string& pod, std::int64_t gpus, std::int64_t micros,
                                          const std::string& currency = "USD") {
  auto record = std::make_shared<api::BurstRecord>();
  auto& b = record->burst;
  b.ns = "team";
  b.uid = "burst-of-" + pod;
  b.pod_name = pod;
  b.pod_uid = "uid-of-" + pod;
  b.claim = "train";
  b.gpus = gpus;
  b.requested = kNow - hours(2);
  b.obtaining_at = kNow - hours(2);
  b.placed_at = kNow - hours(1);
  b.attempt.number = 1;
  b.attempt.provider = "acme";
  b.attempt.region = "north";
  b.attempt.gpu_model = "H100";
  b.attempt.node = "neoburst-o";
  b.attempt.price = {{micros}, currency, ""};
  b.attempt.claim_price = {micros};
  return record;
}

std::shared_ptr<api::ClaimRecord> claim(const std::string& name) {
  auto record = std::make_shared<api::ClaimRecord>();
  record->meta.ns = "team";
  record->meta.name = name;
  return record;
}

struct Scene {
  burst::SpendBook book;
  CostView view{.offers = {}, .bursts = {}, .claims = {}, .book = book, .now = kNow};

  /// The samples of one family, in order.
  std::vector<std::string> of(const std::string& family) const {
    std::vector<std::string> out;
    std::istringstream lines(cost_metrics(view));
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with(family + "{") || line.starts_with(family + " ")) out.push_back(line);
    }
    return out;
  }
};

TEST(CostMetrics, APricedOfferNobodyUsesCostsNothing) {
  Scene s;
  s.view.offers = {offer("o")};
  const std::string node =
      R"(instance="neoburst-o",node="neoburst-o",instance_type="H100",region="north",arch="amd64",provider="acme")";
  EXPECT_THAT(s.of("node_gpu_hourly_cost"),
              ElementsAre("node_gpu_hourly_cost{" + node + R"(,currency="USD"} 2.95)"));
  EXPECT_THAT(s.of("node_gpu_count"), ElementsAre("node_gpu_count{" + node + "} 0"));
  EXPECT_THAT(s.of("node_total_hourly_cost"),
              ElementsAre("node_total_hourly_cost{" + node + R"(,currency="USD"} 0)"));
  EXPECT_THAT(s.of("kubecost_node_is_spot"), ElementsAre("kubecost_node_is_spot{" + node + "} 0"));
}

TEST(CostMetrics, AnUnknownPriceIsNoSeries) {
  Scene s;
  auto unpriced = offer("o");
  unpriced->offer.price.reset();
  unpriced->offer.capacity_type = CapacityType::kSpot;
  s.view.offers = {unpriced};
  EXPECT_THAT(s.of("node_gpu_hourly_cost"), IsEmpty());
  EXPECT_THAT(s.of("node_total_hourly_cost"), IsEmpty());
  EXPECT_THAT(s.of("kubecost_node_is_spot"), ElementsAre(testing::EndsWith("} 1")));
}

TEST(CostMetrics, WhatIsHeldCostsItsReservedPrice) {
  Scene s;
  s.view.offers = {offer("o")};
  s.view.bursts = {running("b", 3, 1'000'001), running("a", 2, 2'500'000)};
  EXPECT_THAT(s.of("node_gpu_count"), ElementsAre(testing::EndsWith("} 5")));
  EXPECT_THAT(s.of("node_total_hourly_cost"), ElementsAre(testing::EndsWith("} 8.000003")));
  EXPECT_THAT(
      s.of("container_gpu_allocation"),
      ElementsAre(
          R"(container_gpu_allocation{namespace="team",pod="a",instance="neoburst-o",node="neoburst-o",uid="uid-of-a"} 2)",
          R"(container_gpu_allocation{namespace="team",pod="b",instance="neoburst-o",node="neoburst-o",uid="uid-of-b"} 3)"));
}

TEST(CostMetrics, OnlyPlacedAttemptsThatLiveArePaid) {
  Scene s;
  auto waiting = running("waiting", 1, 1'000'000);
  waiting->burst.placed_at.reset();
  auto ended = running("ended", 1, 1'000'000);
  ended->burst.ended_at = kNow;
  auto released = running("released", 1, 1'000'000);
  released->burst.attempt.released = true;
  s.view.bursts = {waiting, ended, released};
  EXPECT_THAT(s.of("node_gpu_count"), IsEmpty());
  EXPECT_THAT(s.of("container_gpu_allocation"), IsEmpty());
}

TEST(CostMetrics, ANodeWhoseOfferIsGoneIsPaidForStill) {
  Scene s;
  s.view.bursts = {running("a", 2, 2'500'000)};
  EXPECT_THAT(s.of("node_gpu_hourly_cost"), IsEmpty());
  EXPECT_THAT(
      s.of("node_total_hourly_cost"),
      ElementsAre(
          R"(node_total_hourly_cost{instance="neoburst-o",node="neoburst-o",instance_type="H100",region="north",provider="acme",currency="USD"} 5)"));
}

TEST(CostMetrics, CurrenciesAreNeverAddedUp) {
  Scene s;
  s.view.bursts = {running("a", 1, 2'000'000, "EUR"), running("b", 1, 3'000'000)};
  const auto totals = s.of("node_total_hourly_cost");
  EXPECT_THAT(totals, ElementsAre(testing::EndsWith(R"(currency="EUR"} 2)"),
                                  testing::EndsWith(R"(currency="USD"} 3)")));
}

TEST(CostMetrics, MoneyBeyondMeasureSaturates) {
  Scene s;
  s.view.bursts = {running("a", 1'000'000, 9'000'000'000'000'000)};
  EXPECT_THAT(s.of("node_total_hourly_cost"), ElementsAre(testing::EndsWith("} 9223372036854.775807")));
}

TEST(CostMetrics, AClaimSpendsWhatRunsAndWhatTheLedgerHas) {
  Scene s;
  auto budgeted = claim("train");
  budgeted->rules.budget = market::Budget{{100'000'000}, market::BudgetPeriod::kDay};
  s.view.claims = {claim("idle"), budgeted};
  s.view.bursts = {running("a", 2, 2'500'000)};
  s.book.set_page("p", {{.key = "old/1",
                         .ns = "team",
                         .claim = "train",
                         .reserved_at = kNow - hours(48),
                         .cost = {7'000'000},
                         .currency = "USD",
                         .claim_cost = {7'000'000},
                         .claim_currency = "USD"}});
  EXPECT_THAT(s.of("neoburst_claim_spend"),
              ElementsAre(R"(neoburst_claim_spend{namespace="team",claim="idle",currency="USD"} 0)",
                          R"(neoburst_claim_spend{namespace="team",claim="train",currency="USD"} 12)"));
  EXPECT_THAT(
      s.of("neoburst_claim_budget"),
      ElementsAre(
          R"(neoburst_claim_budget{namespace="team",claim="train",currency="USD",period="Day"} 100)"));
  EXPECT_THAT(
      s.of("neoburst_claim_budget_spent"),
      ElementsAre(
          R"(neoburst_claim_budget_spent{namespace="team",claim="train",currency="USD",period="Day"} 5)"));
}

TEST(CostMetrics, SpendWithoutAnExchangeRateIsNotToldInPart) {
  Scene s;
  auto euros = claim("train");
  euros->rules.currency = "EUR";
  euros->rules.budget = market::Budget{{1'000'000}};
  s.view.claims = {euros};
  s.view.bursts = {running("a", 1, 1'000'000)};  // recorded in USD, before the claim was changed
  EXPECT_THAT(s.of("neoburst_claim_spend"), IsEmpty());
  EXPECT_THAT(s.of("neoburst_claim_budget_spent"), IsEmpty());
  EXPECT_THAT(s.of("neoburst_claim_budget"), ElementsAre(testing::EndsWith("} 1")));
}

TEST(CostMetrics, LabelValuesCannotBreakThePage) {
  Scene s;
  auto bad = offer("o");
  bad->offer.region = "a\"b\\c\nd\x01\xc3\xa9\xff" + std::string(5000, 'x');
  s.view.offers = {bad};
  const auto lines = s.of("node_gpu_count");
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], testing::HasSubstr(R"(region="a\"b\\c?d????xxx)"));
  EXPECT_LT(lines[0].size(), 600u);
}

TEST(CostMetrics, EveryLineIsAHelpATypeOrASample) {
  Scene s;
  s.view.offers = {offer("o")};
  s.view.bursts = {running("a", 2, 2'500'000)};
  s.view.claims = {claim("train")};
  std::istringstream lines(cost_metrics(s.view));
  std::string family;
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
    } else if (line.starts_with("# TYPE ")) {
      EXPECT_EQ(line, "# TYPE " + family + " gauge");
    } else {
      EXPECT_TRUE(line.starts_with(family + "{")) << line;
      EXPECT_THAT(line, testing::MatchesRegex(R"(.*\} [0-9]+(\.[0-9]+)?)"));
      ++samples;
    }
  }
  EXPECT_EQ(samples, 6);
}

TEST(CostMetrics, TheOrderOfTheObjectsDoesNotMatter) {
  Scene s;
  s.view.offers = {offer("b"), offer("a")};
  s.view.claims = {claim("b"), claim("a")};
  s.view.bursts = {running("b", 1, 1), running("a", 1, 1)};
  const auto one = cost_metrics(s.view);
  std::ranges::reverse(s.view.offers);
  std::ranges::reverse(s.view.claims);
  std::ranges::reverse(s.view.bursts);
  EXPECT_EQ(cost_metrics(s.view), one);
}

}  // namespace op::cost_metrics_test
