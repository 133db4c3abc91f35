#include "operator/certificates/serving_plan.h"

#include <gtest/gtest.h>

#include <set>

namespace op::serving_plan_test {

using namespace std::chrono_literals;

const base::Time kStart{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};

/// Wanted at kStart; the signer has ten seconds.
ServingSituation at(std::chrono::milliseconds passed) {
  return {.now = kStart + passed, .wanted_since = kStart, .ask_at = kStart, .self_signed_after = 10s};
}

TEST(ServingPlan, ASignerIsAskedAtOnceAndAgainWhenItIsDue) {
  auto s = at(0s);
  EXPECT_EQ(decide_serving(s).act, ServingAct::kAsk);
  s.ask_at = kStart + 2s;
  EXPECT_EQ(decide_serving(s), (ServingStep{ServingAct::kWait, kStart + 2s}));
  s.now = kStart + 2s;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kAsk);
}

TEST(ServingPlan, WhoWaitsTooLongServesByItself) {
  auto s = at(9s);
  s.ask_at = kStart + 60s;
  EXPECT_EQ(decide_serving(s), (ServingStep{ServingAct::kWait, kStart + 10s}));
  s.now = kStart + 10s;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kSelfSign);
  // The same when the signer is due at that moment: serving comes first.
  s.ask_at = kStart + 10s;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kSelfSign);
}

TEST(ServingPlan, ASelfSignedOneGoesOnAskingAndIsRenewed) {
  auto s = at(11s);
  s.has_certificate = s.self_signed = true;
  s.renew_at = kStart + 100h;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kAsk);
  s.ask_at = kStart + 30s;
  EXPECT_EQ(decide_serving(s), (ServingStep{ServingAct::kWait, kStart + 30s}));
  s.now = kStart + 100h;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kSelfSign);
}

TEST(ServingPlan, ASignedOneRestsUntilItsRenewal) {
  auto s = at(1s);
  s.has_certificate = true;
  s.renew_at = kStart + 10h;
  EXPECT_EQ(decide_serving(s), (ServingStep{ServingAct::kWait, kStart + 10h}));
  s.now = kStart + 10h;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kAsk);
  // A signer that is slow then is waited for: the present certificate is still good, and never replaced by a
  // worse one.
  s.ask_at = kStart + 11h;
  EXPECT_EQ(decide_serving(s), (ServingStep{ServingAct::kWait, kStart + 11h}));
  s.now = kStart + 200h;
  EXPECT_EQ(decide_serving(s).act, ServingAct::kAsk);
}

TEST(ServingPlan, RenewalsAreSpreadAroundFourFifthsOfTheLife) {
  std::set<base::Time> times;
  for (int i = 0; i < 200; ++i) {
    const base::Time t = renewal_time("neoburst-node-" + std::to_string(i), kStart, kStart + 1000h);
    EXPECT_GE(t, kStart + 750h);
    EXPECT_LE(t, kStart + 850h);
    times.insert(t);
  }
  EXPECT_GT(times.size(), 50u);
  EXPECT_EQ(renewal_time("a", kStart, kStart + 10h), renewal_time("a", kStart, kStart + 10h));
}

}  // namespace op::serving_plan_test
