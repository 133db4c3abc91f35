#include "kube/core/merge_diff.h"

#include <gtest/gtest.h>

namespace kube::merge_diff_test {

TEST(MergeDiff, AppliedToBeforeGivesAfter) {
  const auto before = nlohmann::json::parse(R"({"a": 1, "b": {"c": 2, "d": [1]}, "gone": true})");
  const auto after = nlohmann::json::parse(R"({"a": 1, "b": {"c": 3}, "new": "x"})");
  const auto patch = merge_diff(before, after);
  EXPECT_EQ(patch, nlohmann::json::parse(R"({"b": {"c": 3, "d": null}, "gone": null, "new": "x"})"));
  auto merged = before;
  merged.merge_patch(patch);
  EXPECT_EQ(merged, after);
  EXPECT_TRUE(merge_diff(after, after).empty());
}

}  // namespace kube::merge_diff_test
