#include "operator/bursts/offer_strikes.h"

#include <gtest/gtest.h>

namespace op::offer_strikes_test {

using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::hours(500'000)};

burst::Burst refused(const std::string& offer, std::string_view reason, base::Time until) {
  burst::Burst burst;
  burst.refusals.push_back({offer, std::string(reason), "why", until});
  return burst;
}

TEST(OfferStrikes, AWrongGpuConcernsEverybodyForAWhile) {
  OfferStrikes strikes;
  strikes.note(refused("full", "NotPlaced", kNow + 60s));
  strikes.note(refused("wrong", burst::kReasonGpuMismatch, kNow + 60s));
  strikes.note(refused("wrong", burst::kReasonGpuMismatch, kNow + 30s));
  ASSERT_EQ(strikes.current(kNow).size(), 1u);
  EXPECT_EQ(strikes.current(kNow)[0].offer, "wrong");
  EXPECT_EQ(strikes.current(kNow + 59s).size(), 1u);
  EXPECT_TRUE(strikes.current(kNow + 60s).empty());
}

TEST(OfferStrikes, TheLongerRefusalHolds) {
  const std::vector<burst::Refusal> strikes = {{"wrong", "GPUMismatch", "why", kNow + 60s}};
  EXPECT_EQ(with_strikes({}, strikes).refusals.size(), 1u);
  EXPECT_EQ(with_strikes(refused("wrong", "NotPlaced", kNow + 90s), strikes).refusals[0].until, kNow + 90s);
  EXPECT_EQ(with_strikes(refused("wrong", "NotPlaced", kNow + 30s), strikes).refusals[0].until, kNow + 60s);
  EXPECT_EQ(with_strikes(refused("other", "NotPlaced", kNow + 30s), strikes).refusals.size(), 2u);
}

}  // namespace op::offer_strikes_test
