// The story of the quick start: a Job larger than the home GPUs.

#include <set>

#include "support/e2e.h"

namespace testing_support::main_job_test {

using namespace std::chrono_literals;
using nlohmann::json;

class MainJob : public EndToEnd {};

TEST_F(MainJob, RunsEightPodsAtHomeAndFourInTheEuAlthoughTheUsIsCheaper) {
  neoburst_.free_home();
  create_claim(eu_claim(ns_, "research"));
  must_create(home(), kJobs, gpu_job(ns_, "train", 12, 12, "4"));

  ASSERT_TRUE(wait_for("12 pods to succeed", 60s, [&] {
    const json job = find_object(home(), kJobs, ns_, "train");
    const int succeeded = job.value("/status/succeeded"_json_pointer, 0);
    return succeeded == 12 ? std::string() : std::to_string(succeeded) + " have; " + job["status"].dump();
  }));
  EXPECT_EQ(joined(all_succeeded(recorder_->history(), ns_, 12)), "");

  int at_home = 0;
  int in_eu = 0;
  for (const json& pod : list_all(home(), kube::kPods, ns_)) {
    const std::string node = node_of(pod);
    at_home += node == "home-gpu-0" ? 1 : 0;
    in_eu += node == kEuNode ? 1 : 0;
    const json container = pod["status"].value("/containerStatuses/0"_json_pointer, json::object());
    EXPECT_EQ(container.value("name", ""), "main") << pod["status"];
    EXPECT_EQ(container.value("/state/terminated/exitCode"_json_pointer, -1), 0) << pod["status"];
    EXPECT_FALSE(pod["status"].value("startTime", "").empty()) << pod["status"];
    if (node != kEuNode) continue;
    const json burst = wait_ended(pod);
    EXPECT_EQ(burst["status"].value("endReason", ""), "Completed");
    EXPECT_EQ(burst["status"].value("/attempt/country"_json_pointer, ""), "FI");
    EXPECT_EQ(burst["status"].value("/attempt/jurisdiction"_json_pointer, ""), "NL");
    EXPECT_GE(burst["status"].value("gpuSeconds", 0), 4);
  }
  EXPECT_EQ(at_home, 8);
  EXPECT_EQ(in_eu, 4);
  EXPECT_EQ(twins_that_ran(recorder_->history()), 4u);

  EXPECT_TRUE(
      wait_for("the claim's spend", 20s, [&] { return joined(spend_differs(sandbox_, ns_, "research")); }));
  wait_nothing_left();
}

}  // namespace testing_support::main_job_test
