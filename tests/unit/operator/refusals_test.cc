#include <gtest/gtest.h>

#include "operator/bursts/actions.h"

namespace op::refusals_test {

using namespace std::chrono_literals;

const base::Time kNow = base::Time{} + 1000h;

std::string offer(int i) { return "offer-" + std::to_string(i); }

bool has(const burst::Burst& burst, const std::string& name) {
  return std::ranges::find(burst.refusals, name, &burst::Refusal::offer) != burst.refusals.end();
}

TEST(Refusals, OneInForceIsNeverForgotten) {
  burst::Burst burst;
  for (int i = 0; i < 150; ++i) {
    burst.attempt.number = i + 1;
    refuse(burst, offer(i), "Refused", "no", kNow + i * 10ms);
  }
  EXPECT_EQ(burst.refusals.size(), 150u);
  EXPECT_TRUE(has(burst, offer(0)));
  // Those that are over go, the first that was over first.
  refuse(burst, offer(0), "Refused", "no", kNow + 1h);
  EXPECT_EQ(burst.refusals.size(), 16u);
  EXPECT_TRUE(has(burst, offer(0)) && has(burst, offer(149)));
  EXPECT_FALSE(has(burst, offer(1)));
}

TEST(Refusals, AreBoundedAsCandidatesAre) {
  burst::Burst burst;
  burst.attempt.number = 20;
  for (int i = 0; i < 300; ++i) refuse(burst, offer(i), "Refused", "no", kNow + i * 1ms);
  EXPECT_EQ(burst.refusals.size(), 200u);
  EXPECT_FALSE(has(burst, offer(99)));
  EXPECT_TRUE(has(burst, offer(100)) && has(burst, offer(299)));
}

}  // namespace op::refusals_test
