#include "burst/choose.h"

#include <gtest/gtest.h>

#include "burst/commitment_book.h"

namespace burst::choose_test {

using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::hours(500'000)};

market::Offer offer(const std::string& name, std::int64_t price_micros, std::int64_t free) {
  market::Offer o;
  o.name = name;
  o.provider = name;
  o.country = "FI";
  o.gpu.model = "H100";
  o.gpu.memory_gib = 80;
  o.price = market::Price{.per_gpu_hour = {price_micros}};
  o.total_gpus = 8;
  o.free_gpus = free;
  for (std::size_t k = 1; k <= 8; ++k) o.free_blocks[k - 1] = free / static_cast<std::int64_t>(k);
  o.available = true;
  return o;
}

Burst burst_for(std::vector<std::string> candidates) {
  Burst b;
  b.uid = "u1";
  b.ns = "n";
  b.claim = "c";
  b.gpus = 1;
  b.candidates = std::move(candidates);
  return b;
}

class ChooseTest : public testing::Test {
 protected:
  Choice choose_now(const std::string& only_node = "") {
    return choose(rules, offers, burst, holdings, only_node, kNow);
  }
  market::Offer eu = offer("eu", 2'950'000, 8);
  market::Offer us = offer("us", 2'490'000, 8);
  std::vector<const market::Offer*> offers{&eu, &us};
  Burst burst = burst_for({"neoburst-eu", "neoburst-us"});
  market::ClaimRules rules;
  Holdings holdings;
};

TEST_F(ChooseTest, CheapestFirst) { EXPECT_EQ(choose_now().offer, &us); }

TEST_F(ChooseTest, LawBeforePrice) {
  us.country = "US";
  rules.countries = {"FI"};
  EXPECT_EQ(choose_now().offer, &eu);
}

TEST_F(ChooseTest, OnlyWhatTheSchedulerPassed) {
  burst.candidates = {"neoburst-eu"};
  EXPECT_EQ(choose_now().offer, &eu);
}

TEST_F(ChooseTest, OnlyTheNodeItIsBoundTo) { EXPECT_EQ(choose_now("neoburst-eu").offer, &eu); }

TEST_F(ChooseTest, PromisedGpusAreNotPromisedAgain) {
  holdings.unplaced_gpus["us"] = 8;
  EXPECT_EQ(choose_now().offer, &eu);
}

TEST_F(ChooseTest, ARefusalIsRememberedUntilItsTime) {
  burst.refusals = {{"us", "Refused", "quota", kNow + 10s}};
  EXPECT_EQ(choose_now().offer, &eu);
  burst.candidates = {"neoburst-us"};
  const Choice none = choose_now();
  EXPECT_EQ(none.offer, nullptr);
  EXPECT_EQ(none.retry_at, kNow + 10s);
  burst.refusals[0].until = kNow;
  EXPECT_EQ(choose_now().offer, &us);
}

TEST_F(ChooseTest, TheClaimsLimitOfGpus) {
  rules.max_gpus = 4;
  holdings.claim_gpus = 4;
  EXPECT_EQ(choose_now().offer, nullptr);
}

TEST_F(ChooseTest, TheBudgetBoundsTheTwinsLife) {
  rules.budget = market::Budget{.amount = {2'490'000}};
  EXPECT_EQ(choose_now().limit_seconds, 3600);
  EXPECT_EQ(choose_now().limit_reason, LimitReason::kBudget);
  holdings.claim_committed = {{"USD", {2'490'000}}};
  EXPECT_EQ(choose_now().offer, nullptr);
}

TEST_F(ChooseTest, ADaysBudgetEndsWithTheDay) {
  rules.budget = market::Budget{.amount = {1'000'000'000}, .period = market::BudgetPeriod::kDay};
  const auto midnight = *market::period_end(market::BudgetPeriod::kDay, kNow);
  const auto at = [&](base::Time now) { return choose(rules, offers, burst, holdings, "", now); };
  EXPECT_EQ(at(midnight - 2h).limit_seconds, 7200);
  EXPECT_EQ(at(midnight - 2h).limit_reason, LimitReason::kBudget);
  const Choice late = at(midnight - 59s);
  EXPECT_EQ(late.offer, nullptr);
  EXPECT_EQ(late.waiting_for, "the claim's budget of this day is about to end");
  EXPECT_EQ(late.retry_at, midnight);
}

TEST_F(ChooseTest, TheCeilingHoldsForAllClaimsInItsOwnCurrency) {
  rules.rates = {{"USD", 1'000'000}, {"EUR", 1'245'000}};
  rules.ceiling = market::Ceiling{.amount = {2'000'000}, .currency = "EUR"};
  EXPECT_EQ(choose_now().limit_seconds, 3600);  // 2.49 USD are 2.00 EUR
  holdings.all_committed = {{"EUR", {1'000'000}}, {"USD", {1'245'000}}};
  const Choice none = choose_now();
  EXPECT_EQ(none.offer, nullptr);
  EXPECT_EQ(none.waiting_for, "the cluster's ceiling on spending is spent or reserved by running pods");
  holdings.all_committed = {{"INR", {1}}};
  EXPECT_TRUE(choose_now().waiting_for.starts_with("there is no exchange rate from INR to EUR"));
}

TEST_F(ChooseTest, ABudgetIsInTheClaimsCurrency) {
  rules.rates = {{"USD", 1'000'000}, {"EUR", 1'245'000}};
  rules.currency = "EUR";
  rules.budget = market::Budget{.amount = {2'000'000}};
  const Choice choice = choose_now();
  EXPECT_EQ(choice.offer, &us);
  EXPECT_EQ(choice.claim_price.micros, 2'000'000);
  EXPECT_EQ(choice.limit_seconds, 3600);
}

TEST_F(ChooseTest, ThePlansOfferGoesFirstWhereItHolds) {
  const auto planned = [&](const char* name) {
    return choose(rules, offers, burst, holdings, "", kNow, name).offer;
  };
  EXPECT_EQ(planned("eu"), &eu);
  EXPECT_EQ(planned("elsewhere"), &us);
  eu.free_gpus = 0;
  EXPECT_EQ(planned("eu"), &us);
  rules.countries = {"SE"};
  EXPECT_EQ(planned("eu"), nullptr);
}

TEST_F(ChooseTest, AShortLifetimeNeedsNoMinute) {
  rules.lifetime = 30s;
  rules.budget = market::Budget{.amount = {100'000'000}};
  EXPECT_EQ(choose_now().limit_seconds, 30);
  EXPECT_EQ(choose_now().limit_reason, LimitReason::kLifetime);
}

TEST(AffordableSeconds, IsExactAndBounded) {
  EXPECT_EQ(affordable_seconds({3'600'000}, {3'600'000}, 1, 24h), 3600);
  EXPECT_EQ(affordable_seconds({3'599'999}, {3'600'000}, 1, 24h), 3599);
  EXPECT_EQ(affordable_seconds({3'600'000}, {3'600'000}, 8, 24h), 450);
  EXPECT_EQ(affordable_seconds({1'000'000'000'000}, {1}, 1, 24h), 86'400);
  EXPECT_EQ(affordable_seconds({-1}, {1}, 1, 24h), 0);
  EXPECT_EQ(affordable_seconds({0}, {0}, 1, 24h), 86'400);
}

TEST(LedgerTest, ConcurrentChoicesNeverPromiseTheSameGpuOrMoney) {
  CommitmentBook commitments;
  const SpendBook book;
  const market::Offer only = offer("eu", 3'600'000, 8);
  const market::Offer* offers[] = {&only};
  market::ClaimRules rules;
  rules.budget = market::Budget{.amount = {5 * 3'600'000}};
  rules.lifetime = 1h;
  int chosen = 0;
  for (int i = 0; i < 10; ++i) {
    Burst b = burst_for({"neoburst-eu"});
    b.uid = "u" + std::to_string(i);
    const Choice choice = commitments.reserve(
        b, rules, book, kNow, [&](const Holdings& h) { return choose(rules, offers, b, h, "", kNow); });
    chosen += choice.offer != nullptr ? 1 : 0;
  }
  EXPECT_EQ(chosen, 5);  // the money runs out before the GPUs
}

TEST(LedgerTest, APlacedAttemptNoLongerCountsAgainstFreeGpus) {
  CommitmentBook commitments;
  Burst b = burst_for({"neoburst-eu"});
  b.attempt.number = 1;
  b.attempt.offer = "eu";
  commitments.update(b);
  auto unplaced = [&] {
    std::int64_t gpus = -1;
    Burst other = burst_for({});
    other.uid = "other";
    (void)commitments.reserve(other, {}, {}, kNow, [&](const Holdings& h) {
      auto it = h.unplaced_gpus.find("eu");
      gpus = it == h.unplaced_gpus.end() ? 0 : it->second;
      return Choice{};
    });
    return gpus;
  };
  EXPECT_EQ(unplaced(), 1);
  commitments.placed(b.uid, 1);
  EXPECT_EQ(unplaced(), 0);
  commitments.update(b);  // an older record comes by: placed stays placed
  EXPECT_EQ(unplaced(), 0);
  b.attempt.number = 2;
  commitments.update(b);
  EXPECT_EQ(unplaced(), 1);
}

}  // namespace burst::choose_test
