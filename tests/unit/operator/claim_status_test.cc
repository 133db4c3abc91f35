#include "operator/claims/claim_status.h"

#include <gtest/gtest.h>

namespace op::claim_status_test {

using std::chrono::hours;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);

market::Offer offer(const std::string& name, std::int64_t micros, const std::string& country = "FI") {
  market::Offer o;
  o.name = name;
  o.provider = "acme";
  o.region = "north";
  o.country = country;
  o.gpu = market::identify_gpu("NVIDIA-H100-80GB-HBM3", 81559);
  o.price = market::Price{{micros}, "USD", ""};
  o.total_gpus = 8;
  o.available = true;
  return o;
}

std::shared_ptr<api::BurstRecord> running(std::int64_t gpus, base::Time placed) {
  auto record = std::make_shared<api::BurstRecord>();
  record->burst.uid = "running";
  record->burst.gpus = gpus;
  record->burst.attempt.number = 1;
  record->burst.attempt.price = {{2'000'000}, "USD", ""};
  record->burst.attempt.claim_price = {2'000'000};
  record->burst.obtaining_at = placed;
  record->burst.placed_at = placed;
  return record;
}

nlohmann::json condition_of(const nlohmann::json& status, const std::string& type) {
  for (const auto& condition : status.at("conditions")) {
    if (condition.at("type") == type) return condition;
  }
  return {};
}

struct Scene {
  api::ClaimRecord claim;
  std::vector<market::Offer> offers;
  Bursts bursts;
  burst::SpendBook book;
  nlohmann::json status(base::Time now = kNow) const {
    return claim_status({claim, offers, bursts, book, now});
  }
};

TEST(ClaimStatus, BestFirstThenMisfits) {
  Scene s;
  s.claim.rules.countries = {"FI"};
  s.offers = {offer("dear", 4'000'000), offer("abroad", 1'000'000, "US"), offer("cheap", 2'000'000)};
  const auto status = s.status();
  ASSERT_EQ(status["offers"].size(), 3u);
  EXPECT_EQ(status["offers"][0]["name"], "cheap");
  EXPECT_EQ(status["offers"][1]["name"], "dear");
  EXPECT_EQ(status["offers"][2]["name"], "abroad");
  EXPECT_FALSE(status["offers"][2]["fits"]);
  EXPECT_EQ(status["offers"][2]["rule"], "country");
  EXPECT_EQ(condition_of(status, "OffersMatched")["message"], "2 of 3 offers fit");
  EXPECT_EQ(condition_of(status, "Ready")["status"], "True");
}

TEST(ClaimStatus, FreeCapacityDoesNotMoveIt) {
  Scene s;
  s.offers = {offer("a", 2'000'000), offer("b", 3'000'000)};
  const auto before = s.status();
  s.offers[1].free_gpus = 5;
  s.offers[1].free_blocks[0] = 5;
  s.offers[0].available = false;
  EXPECT_EQ(before, s.status());
}

TEST(ClaimStatus, NoOfferFitsNamesTheRules) {
  Scene s;
  s.claim.rules.countries = {"DE"};
  s.offers = {offer("a", 1'000'000), offer("b", 2'000'000)};
  const auto matched = condition_of(s.status(), "OffersMatched");
  EXPECT_EQ(matched["status"], "False");
  EXPECT_EQ(matched["reason"], "NoOfferFits");
  EXPECT_EQ(matched["message"], "0 of 2 offers fit; stopped by country (2); see status.offers");
  EXPECT_EQ(condition_of(s.status(), "Ready")["reason"], "NoOfferFits");
}

TEST(ClaimStatus, AnInvalidSpecIsToldAndNothingIsJudged) {
  Scene s;
  s.claim.problem = "spec.location.countries[0]: \"UK\" is not a country; use GB";
  s.offers = {offer("a", 1'000'000)};
  const auto ready = condition_of(s.status(), "Ready");
  EXPECT_EQ(ready["reason"], "Invalid");
  EXPECT_EQ(ready["message"], s.claim.problem);
  EXPECT_TRUE(s.status()["offers"].empty());
}

burst::Charge charge(int attempt, std::int64_t micros, base::Time reserved) {
  burst::Charge c;
  c.attempt = attempt;
  c.claim_cost = {micros};
  c.cost = {micros};
  c.reserved_at = reserved;
  return c;
}

TEST(ClaimStatus, SpendIsTheLedgerPlusWhatItHasNotPlusRunning) {
  Scene s;
  s.book.set_page("p", {{"counted/1", "", "", kNow, {1'000'000}, "USD", {1'000'000}, "USD"}});
  auto done = std::make_shared<api::BurstRecord>();
  done->burst.uid = "done";
  done->burst.charges = {charge(1, 300'000, kNow), charge(2, 200'000, kNow)};
  done->burst.ended_at = kNow - hours(1);
  auto counted = std::make_shared<api::BurstRecord>(*done);
  counted->burst.uid = "counted";
  counted->burst.charges = {charge(1, 1'000'000, kNow)};
  s.bursts = {done, counted, running(2, kNow - hours(1))};
  const auto status = s.status();
  EXPECT_EQ(status["spend"]["running"], market::format_money({4'000'000}));
  EXPECT_EQ(status["spend"]["total"], market::format_money({5'500'000}));
  EXPECT_EQ(status["gpus"]["inUse"], 2);
}

TEST(ClaimStatus, SpendWithoutAnExchangeRateIsUnknown) {
  Scene s;
  s.claim.rules.currency = "EUR";
  s.bursts = {running(1, kNow - hours(1))};
  EXPECT_EQ(condition_of(s.status(), "WithinBudget")["reason"], "SpendUnknown");
  s.claim.rules.rates = {{"USD", 1'000'000}, {"EUR", 1'250'000}};
  EXPECT_EQ(s.status()["spend"]["total"], "1.60");
}

TEST(ClaimStatus, RunningCostAloneIsNoSubstance) {
  Scene s;
  s.bursts = {running(1, kNow - hours(1))};
  const auto now = s.status(kNow);
  const auto later = s.status(kNow + hours(1));
  EXPECT_NE(now, later);
  EXPECT_FALSE(differs_in_substance(now, later) && now["conditions"] == later["conditions"]);
}

TEST(ClaimStatus, ABudgetIsOfItsPeriod) {
  Scene s;
  s.offers = {offer("a", 1'000'000)};
  s.book.set_page("p", {{"old/1", "", "", kNow - hours(24), {90'000'000}, "USD", {90'000'000}, "USD"}});
  s.claim.rules.budget =
      market::Budget{{10'000'000}, market::BudgetPeriod::kTotal, market::OnExhausted::kStopNew};
  EXPECT_EQ(condition_of(s.status(), "WithinBudget")["reason"], "BudgetExhausted");
  EXPECT_EQ(condition_of(s.status(), "Ready")["reason"], "BudgetExhausted");
  s.claim.rules.budget->period = market::BudgetPeriod::kDay;
  EXPECT_EQ(condition_of(s.status(), "WithinBudget")["status"], "True");
  // What was reserved yesterday is yesterday's; what was reserved today counts whole.
  s.bursts = {running(1, kNow - hours(36))};
  EXPECT_EQ(spend_of({s.claim, s.offers, s.bursts, s.book, kNow}).period.micros, 0);
  s.bursts = {running(1, kNow - hours(6))};
  EXPECT_EQ(spend_of({s.claim, s.offers, s.bursts, s.book, kNow}).period.micros, 12'000'000);
  EXPECT_EQ(condition_of(s.status(), "WithinBudget")["status"], "False");
}

TEST(ClaimStatus, TheTableIsBounded) {
  Scene s;
  for (int i = 0; i < 100; ++i) s.offers.push_back(offer("o" + std::to_string(i), 1'000'000 + i));
  EXPECT_EQ(s.status()["offers"].size(), 64u);
}

api::ClaimRecord exhausted(market::BudgetPeriod period) {
  api::ClaimRecord claim;
  claim.meta.generation = 3;
  claim.rules.budget = market::Budget{{1'000'000}, period, market::OnExhausted::kTerminate};
  api::Condition c;
  c.type = "WithinBudget";
  c.status = "False";
  c.reason = "BudgetExhausted";
  c.message = "the budget is spent";
  c.observed_generation = 3;
  c.changed = kNow - hours(1);
  claim.conditions = {c};
  return claim;
}

TEST(WhyTerminate, OnlyABudgetThatIsSpentEndsPods) {
  auto claim = exhausted(market::BudgetPeriod::kTotal);
  EXPECT_EQ(why_terminate(claim, kNow), "the budget is spent");
  claim.conditions[0].reason = "SpendUnknown";
  EXPECT_EQ(why_terminate(claim, kNow), "") << "an exchange rate that was taken away ends nothing";
  claim = exhausted(market::BudgetPeriod::kTotal);
  claim.rules.budget->on_exhausted = market::OnExhausted::kStopNew;
  EXPECT_EQ(why_terminate(claim, kNow), "");
  claim = exhausted(market::BudgetPeriod::kTotal);
  claim.meta.generation = 4;
  EXPECT_EQ(why_terminate(claim, kNow), "") << "the spec has changed since";
  claim = exhausted(market::BudgetPeriod::kTotal);
  claim.conditions.clear();
  EXPECT_EQ(why_terminate(claim, kNow), "");
}

TEST(WhyTerminate, TheConditionOfYesterdayDoesNotEndPodsOfToday) {
  auto claim = exhausted(market::BudgetPeriod::kDay);
  EXPECT_EQ(why_terminate(claim, kNow), "the budget is spent");
  EXPECT_EQ(why_terminate(claim, kNow + hours(12)), "") << "it is midnight, and nobody has looked yet";
}

}  // namespace op::claim_status_test
