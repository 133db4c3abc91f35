#include "burst/cost.h"

#include <gtest/gtest.h>

namespace burst::cost_test {

using namespace std::chrono_literals;

constexpr base::Time kPlaced{std::chrono::hours(500'000)};

Burst running() {
  Burst b;
  b.gpus = 2;
  b.attempt.number = 1;
  b.attempt.claim_price = {3'600'000};
  b.placed_at = kPlaced;
  b.cost = {5};
  b.cost_so_far = {5};
  return b;
}

TEST(Cost, RunsFromWhenTheTwinHeldGpus) {
  Burst b = running();
  EXPECT_EQ(running_cost(b, kPlaced + 1h).micros, 7'200'000);
  EXPECT_EQ(running_cost(b, kPlaced - 1s).micros, 0);
  b.attempt.released = true;
  EXPECT_EQ(running_cost(b, kPlaced + 1h).micros, 0);
}

TEST(Cost, IsNotedEverMoreRarely) {
  Burst b = running();
  EXPECT_EQ(cost_note_due(b, kPlaced + 10s), 50s);
  EXPECT_EQ(cost_note_due(b, kPlaced + 60s), 0ms);
  const auto note = [&](std::chrono::milliseconds age) {
    b.cost_so_far = b.cost + running_cost(b, kPlaced + age);
  };
  note(60s);
  EXPECT_EQ(cost_note_due(b, kPlaced + 60s), 60s);
  note(20min);
  EXPECT_EQ(cost_note_due(b, kPlaced + 20min), 5min);
  note(10h);
  EXPECT_EQ(cost_note_due(b, kPlaced + 10h), 10min);
  b.ended_at = kPlaced + 10h;
  EXPECT_FALSE(cost_note_due(b, kPlaced + 11h));
  b = running();
  b.attempt.claim_price = {0};
  EXPECT_FALSE(cost_note_due(b, kPlaced + 11h));
}

}  // namespace burst::cost_test
