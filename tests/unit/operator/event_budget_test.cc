#include "operator/bursts/event_budget.h"

#include <gtest/gtest.h>

namespace op::event_budget_test {

using namespace std::chrono_literals;

constexpr base::SteadyTime kNow{std::chrono::hours(1)};

/// True when it was news; it counts as written then.
bool tell(EventBudget& budget, const std::string& key, std::int64_t count) {
  if (!budget.is_news(key, count)) return false;
  budget.note(key, count);
  return true;
}

TEST(EventBudget, TellsWhatIsNew) {
  EventBudget budget;
  EXPECT_TRUE(tell(budget, "a", 1));
  EXPECT_FALSE(tell(budget, "a", 1));
  EXPECT_TRUE(tell(budget, "a", 3));
  EXPECT_FALSE(tell(budget, "a", 2));
  EXPECT_TRUE(tell(budget, "b", 1));
}

TEST(EventBudget, WhatWasHeldBackIsNewsStill) {
  EventBudget budget;
  EXPECT_TRUE(budget.is_news("a", 1));
  EXPECT_TRUE(budget.is_news("a", 1));
  budget.note("a", 1);
  EXPECT_FALSE(budget.is_news("a", 1));
}

TEST(EventBudget, ForgetsTheOldestFirst) {
  EventBudget budget;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(tell(budget, std::to_string(i), 1));
  EXPECT_FALSE(tell(budget, "9999", 1));
  EXPECT_TRUE(tell(budget, "0", 1));
}

TEST(EventBudget, AHandfulAtOnceThenOneNowAndThen) {
  EventBudget budget;
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.take("pod", kNow)) << i;
  EXPECT_FALSE(budget.take("pod", kNow));
  EXPECT_TRUE(budget.take("other", kNow)) << "each pod has its own";
  EXPECT_FALSE(budget.take("pod", kNow + 14s));
  EXPECT_TRUE(budget.take("pod", kNow + 15s));
  EXPECT_FALSE(budget.take("pod", kNow + 15s));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(budget.take("pod", kNow + 15s + 20 * 15s)) << i;
  EXPECT_FALSE(budget.take("pod", kNow + 15s + 20 * 15s));
}

}  // namespace op::event_budget_test
