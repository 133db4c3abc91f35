#include "operator/bursts/attempt_index.h"

#include <gtest/gtest.h>

#include "operator/remote/departed_twins.h"
#include "operator/remote/remote_cluster.h"

namespace op::attempt_index_test {

burst::Burst burst_with(const std::string& uid, const std::string& attempt) {
  burst::Burst burst;
  burst.ns = "ml";
  burst.uid = uid;
  burst.pod_name = "train";
  burst.pod_uid = "pod-" + uid;
  burst.attempt.name = attempt;
  burst.attempt.provider = "eu";
  burst.attempt.remote_namespace = "neoburst";
  return burst;
}

TEST(AttemptIndex, KnowsThePresentAttemptOfEachRecord) {
  AttemptIndex index;
  index.note(burst_with("b0", ""));
  EXPECT_FALSE(index.find("")) << "nothing was tried yet";
  index.note(burst_with("b1", "train-1"));
  ASSERT_TRUE(index.find("train-1"));
  EXPECT_EQ(index.find("train-1")->pod.text(), "ml/train");
  EXPECT_EQ(index.find("train-1")->pod_uid, "pod-b1");
  index.note(burst_with("b1", "train-2"));
  EXPECT_FALSE(index.find("train-1")) << "given up";
  EXPECT_TRUE(index.find("train-2"));
  index.note(burst_with("b2", "other-1"));
  index.erase("b1");
  EXPECT_FALSE(index.find("train-2"));
  EXPECT_TRUE(index.find("other-1"));
  index.erase("unknown");
}

TEST(DepartedTwins, KeepTheLastOfThem) {
  DepartedTwins departed;
  const auto twin = std::make_shared<const RemotePod>();
  for (int i = 0; i < 2000; ++i) departed.add("attempt-" + std::to_string(i), twin);
  EXPECT_EQ(departed.find("attempt-1999"), twin);
  EXPECT_EQ(departed.find("attempt-0"), nullptr);
  const auto later = std::make_shared<const RemotePod>();
  departed.add("attempt-1999", later);
  EXPECT_EQ(departed.find("attempt-1999"), later);
}

}  // namespace op::attempt_index_test
