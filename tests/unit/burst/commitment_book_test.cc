#include "burst/commitment_book.h"

#include <gtest/gtest.h>

namespace burst::ledger_test {

using std::chrono::hours;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);
const base::Time kYesterday = kNow - hours(24);

Burst burst_of(const std::string& uid, const std::string& claim) {
  Burst b;
  b.uid = uid;
  b.ns = "lab";
  b.claim = claim;
  b.gpus = 1;
  b.requested = kNow;
  b.candidates = {"neoburst-o"};
  return b;
}

/// A live attempt that may cost `micros` at most: one GPU for an hour.
Burst holding(const std::string& uid, const std::string& claim, std::int64_t micros) {
  Burst b = burst_of(uid, claim);
  b.obtaining_at = kNow;
  b.attempt.number = 1;
  b.attempt.offer = "o";
  b.attempt.price.per_gpu_hour = {micros};
  b.attempt.claim_price = {micros};
  b.attempt.limit_seconds = 3600;
  return b;
}

Charge charge(int attempt, std::int64_t micros, base::Time reserved_at) {
  Charge c;
  c.attempt = attempt;
  c.reserved_at = reserved_at;
  c.cost = {micros};
  c.claim_cost = {micros};
  return c;
}

BookEntry booked(const std::string& uid, const Charge& c, const std::string& claim) {
  return {charge_key(uid, c.attempt), "lab", claim, c.reserved_at, c.cost, "USD", c.claim_cost, "USD"};
}

market::Offer offer(std::int64_t micros) {
  market::Offer o;
  o.name = "o";
  o.gpu.model = "H100";
  o.price = market::Price{.per_gpu_hour = {micros}};
  o.total_gpus = o.free_gpus = 8;
  o.free_blocks.fill(1);
  o.available = true;
  return o;
}

class LedgerMoney : public testing::Test {
 protected:
  /// What is committed beside this burst.
  Holdings seen_by(const Burst& burst) {
    Holdings seen;
    (void)commitments.reserve(burst, rules, book, kNow, [&](const Holdings& holdings) {
      seen = holdings;
      return Choice{};
    });
    return seen;
  }
  Choice reserve(const Burst& burst) {
    return commitments.reserve(burst, rules, book, kNow, [&](const Holdings& holdings) {
      const market::Offer* offers[] = {&only};
      return choose(rules, offers, burst, holdings, "", kNow);
    });
  }
  void budget(std::int64_t micros, market::BudgetPeriod period = market::BudgetPeriod::kTotal) {
    rules.budget = market::Budget{.amount = {micros}, .period = period};
  }
  void ceiling(std::int64_t micros, market::BudgetPeriod period = market::BudgetPeriod::kTotal) {
    rules.ceiling = market::Ceiling{.amount = {micros}, .period = period};
  }

  CommitmentBook commitments;
  SpendBook book;
  market::ClaimRules rules;
  market::Offer only = offer(1'000'000);
};

TEST_F(LedgerMoney, TwoClaimsShareTheCeilingButNotABudget) {
  budget(100'000'000);
  ceiling(5'000'000);
  commitments.update(holding("a", "train", 3'000'000));
  const auto same = seen_by(burst_of("b", "train"));
  EXPECT_EQ(same.claim_committed, (market::Amounts{{"USD", {3'000'000}}}));
  EXPECT_EQ(same.all_committed, (market::Amounts{{"USD", {3'000'000}}}));
  const auto other = seen_by(burst_of("b", "serve"));
  EXPECT_TRUE(other.claim_committed.empty());
  EXPECT_EQ(other.all_committed, (market::Amounts{{"USD", {3'000'000}}}));
}

TEST_F(LedgerMoney, ReservationsOfTwoClaimsNeverPassTheCeiling) {
  ceiling(3'000'000);
  rules.lifetime = hours(1);
  int chosen = 0;
  for (int i = 0; i < 8; ++i) {
    const auto choice = reserve(burst_of("u" + std::to_string(i), i % 2 == 0 ? "train" : "serve"));
    if (choice.offer == nullptr) {
      EXPECT_EQ(choice.waiting_for, "the cluster's ceiling on spending is spent or reserved by running pods");
      continue;
    }
    EXPECT_EQ(choice.limit_seconds, 3600);
    ++chosen;
  }
  EXPECT_EQ(chosen, 3) << "an hour of one GPU costs a third of the ceiling";
}

TEST_F(LedgerMoney, WhatIsLeftOfTheCeilingBoundsTheNextAttempt) {
  ceiling(1'500'000);
  rules.lifetime = hours(1);
  EXPECT_EQ(reserve(burst_of("a", "train")).limit_seconds, 3600);
  const auto next = reserve(burst_of("b", "serve"));
  EXPECT_EQ(next.limit_seconds, 1800);
  EXPECT_EQ(next.limit_reason, LimitReason::kBudget);
  EXPECT_EQ(reserve(burst_of("c", "train")).offer, nullptr);
}

TEST_F(LedgerMoney, AChargeInTheBookAndTheRecordCountsOnce) {
  budget(100'000'000);
  ceiling(100'000'000);
  Burst ended = burst_of("a", "train");
  ended.ended_at = kNow;
  ended.charges = {charge(1, 2'000'000, kNow), charge(2, 500'000, kNow)};
  commitments.update(ended);
  const market::Amounts all{{"USD", {2'500'000}}};
  EXPECT_EQ(seen_by(burst_of("b", "train")).claim_committed, all) << "in the record alone";
  book.set_page("p", {booked("a", ended.charges[0], "train")});
  EXPECT_EQ(seen_by(burst_of("b", "train")).claim_committed, all) << "one in both";
  book.set_page("p", {booked("a", ended.charges[0], "train"), booked("a", ended.charges[1], "train")});
  EXPECT_EQ(seen_by(burst_of("b", "train")).claim_committed, all) << "both in both";
  EXPECT_EQ(seen_by(burst_of("b", "train")).all_committed, all);
  commitments.erase("a");
  EXPECT_EQ(seen_by(burst_of("b", "train")).claim_committed, all) << "in the book alone";
}

TEST_F(LedgerMoney, ItsOwnEarlierAttemptsCountItsPresentOneDoesNot) {
  budget(100'000'000);
  Burst again = holding("a", "train", 7'000'000);
  again.attempt.number = 2;
  again.charges = {charge(1, 2'000'000, kNow)};
  commitments.update(again);
  EXPECT_EQ(seen_by(again).claim_committed, (market::Amounts{{"USD", {2'000'000}}}));
  book.set_page("p", {booked("a", again.charges[0], "train")});
  EXPECT_EQ(seen_by(again).claim_committed, (market::Amounts{{"USD", {2'000'000}}}));
}

TEST_F(LedgerMoney, EachPeriodCountsWhatWasReservedInIt) {
  budget(100'000'000, market::BudgetPeriod::kDay);
  ceiling(100'000'000, market::BudgetPeriod::kMonth);
  Burst old = burst_of("a", "train");
  old.ended_at = kNow;
  old.charges = {charge(1, 2'000'000, kYesterday)};
  commitments.update(old);
  Burst running = holding("b", "train", 4'000'000);
  running.obtaining_at = kYesterday;
  commitments.update(running);
  const auto seen = seen_by(burst_of("c", "train"));
  EXPECT_TRUE(seen.claim_committed.empty()) << "yesterday's, the running one too";
  EXPECT_EQ(seen.all_committed, (market::Amounts{{"USD", {6'000'000}}})) << "of this month";
  book.set_page("p", {booked("a", old.charges[0], "train")});
  EXPECT_TRUE(seen_by(burst_of("c", "train")).claim_committed.empty());
  EXPECT_EQ(seen_by(burst_of("c", "train")).all_committed, (market::Amounts{{"USD", {6'000'000}}}));
}

TEST_F(LedgerMoney, ReleasedAndEndedAttemptsPromiseNothing) {
  budget(100'000'000);
  Burst released = holding("a", "train", 3'000'000);
  released.attempt.released = true;
  commitments.update(released);
  Burst ended = holding("b", "train", 3'000'000);
  ended.ended_at = kNow;
  commitments.update(ended);
  EXPECT_TRUE(seen_by(burst_of("c", "train")).claim_committed.empty());
}

TEST_F(LedgerMoney, AReservationTakenBackFreesItsMoney) {
  budget(1'000'000);
  rules.lifetime = hours(1);
  const Burst first = burst_of("a", "train");
  ASSERT_NE(reserve(first).offer, nullptr);
  EXPECT_EQ(reserve(burst_of("b", "train")).offer, nullptr);
  commitments.cancel(first);
  EXPECT_NE(reserve(burst_of("b", "train")).offer, nullptr);
}

TEST_F(LedgerMoney, CurrenciesAreKeptApart) {
  budget(100'000'000);
  Burst euros = holding("a", "train", 3'000'000);
  euros.attempt.price.currency = "EUR";
  euros.attempt.claim_price = {3'300'000};
  commitments.update(euros);
  const auto seen = seen_by(burst_of("b", "train"));
  EXPECT_EQ(seen.claim_committed, (market::Amounts{{"USD", {3'300'000}}}))
      << "as converted when it was chosen";
  EXPECT_EQ(seen.all_committed, (market::Amounts{{"EUR", {3'000'000}}})) << "as it is paid";
}

}  // namespace burst::ledger_test
