// The content of a PodBurst: refusals, and charges by our own clock.

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "operator/bursts/actions.h"

namespace op::burst_record_test {

using namespace std::chrono_literals;

const base::Time kAsked = *base::parse_time("2026-01-01T00:00:00Z");

TEST(Refuse, CutsNoCharacterInTwo) {
  burst::Burst b;
  std::string message = "x";
  while (message.size() < 600) message += "\xc3\xa4";
  refuse(b, "offer", "Refused", message, kAsked);
  ASSERT_EQ(b.refusals.size(), 1U);
  EXPECT_EQ(b.refusals[0].message.size(), 511U);
  EXPECT_EQ(b.refusals[0].message, message.substr(0, 511));
}

/// One GPU, asked for at kAsked. Its provider's clock is `skew` ahead: created and placed at once, by itself.
Gathered placed_twin(std::chrono::seconds skew) {
  Gathered g;
  burst::Burst& b = g.situation.burst;
  b.gpus = 1;
  b.obtaining_at = kAsked;
  b.attempt.number = 1;
  b.attempt.name = "one-1";
  b.attempt.price = {market::Money{3'600'000'000}, "USD"};
  b.attempt.claim_price = market::Money{3'600'000'000};
  RemotePod twin;
  twin.meta.name = "one-1";
  twin.meta.created = kAsked + skew;
  twin.node_name = "real-0";
  twin.conditions.push_back({"PodScheduled", "True", "", "", kAsked + skew, 0});
  g.twin = std::make_shared<const RemotePod>(std::move(twin));
  g.situation.remote.twin = burst::TwinView{};
  g.situation.remote.twin->node = "real-0";
  g.situation.remote.twin->placed_at = kAsked;  // as gathered
  g.situation.now = kAsked + 100s;
  return g;
}

TEST(Charge, RestsOnOurClock) {
  for (const auto skew : {-60s, 0s, 60s}) {
    const Gathered g = placed_twin(skew);
    burst::Burst b = g.situation.burst;
    charge(b, g, by_our_clock(g, kAsked + skew + 50s, g.situation.now));
    ASSERT_EQ(b.charges.size(), 1U) << skew.count();
    EXPECT_EQ(b.charges[0].placed_at, kAsked) << skew.count();
    EXPECT_EQ(b.charges[0].gpu_seconds, 50) << skew.count();
    charge(b, g, g.situation.now);
    EXPECT_EQ(b.charges.size(), 1U) << "once";
  }
}

TEST(Charge, IsNotOfTheAttemptBefore) {
  Gathered g = placed_twin(0s);
  g.situation.burst.attempt.name = "one-2";
  g.situation.burst.attempt.number = 2;
  EXPECT_FALSE(placed_at(g));
  burst::Burst b = g.situation.burst;
  charge(b, g, g.situation.now);
  EXPECT_TRUE(b.charges.empty()) << "its twin was never placed";
}

TEST(Charge, TakesWhatIsOnRecordFirst) {
  Gathered g = placed_twin(0s);
  g.situation.burst.placed_at = kAsked + 3s;
  EXPECT_EQ(placed_at(g), kAsked + 3s);
}

}  // namespace op::burst_record_test
