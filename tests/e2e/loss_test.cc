// Twins that end otherwise than planned: the pod says truly what happened.

#include "burst/names.h"
#include "support/e2e.h"

namespace testing_support::loss_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Loss : public EndToEnd {};

TEST_F(Loss, ATwinThatVanishesFailsThePodAsLost) {
  create_claim(eu_claim(ns_, "research"));
  const json created = create_pod(gpu_pod(ns_, "one", "infinity"));
  wait_phase("one", "Running");
  const json twin = wait_twin(created, "neocloud-eu");
  must_delete(sandbox_.admin("neocloud-eu"), kube::kPods, "neoburst", name_of(twin), {.grace_seconds = 0});
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "BurstTwinLost") << failed["status"];
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "Lost");
  wait_nothing_left();
}

TEST_F(Loss, AnExitCodeOfTheTwinIsTheExitCodeOfThePod) {
  create_claim(eu_claim(ns_, "research"));
  const json created = create_pod(gpu_pod(ns_, "one", "4"));
  const json twin = wait_twin(created, "neocloud-eu");
  const json fails = {{"metadata", {{"annotations", {{"sandbox.neoburst.io/exit-code", "3"}}}}}};
  ASSERT_TRUE(sandbox_.admin("neocloud-eu")
                  .patch(kube::kPods, "neoburst", name_of(twin), kube::PatchType::kMerge, fails.dump()));
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("/containerStatuses/0/state/terminated/exitCode"_json_pointer, -1), 3)
      << failed["status"];
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "Failed");
  wait_nothing_left();
}

TEST_F(Loss, ActiveDeadlineSecondsEndsThePod) {
  create_claim(eu_claim(ns_, "research"));
  json wanted = gpu_pod(ns_, "one", "infinity");
  wanted["spec"]["activeDeadlineSeconds"] = 4;
  create_pod(wanted);
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "DeadlineExceeded") << failed["status"];
  wait_nothing_left();
}

TEST_F(Loss, AForeignPodWithTheTwinsNameIsNeverTouched) {
  json claim = open_claim(ns_, "research");
  claim["spec"]["burst"]["after"] = "3s";
  create_claim(claim, {kEuNode, kUsNode});
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  json burst;
  require_within("the PodBurst", 30s, [&] {
    burst = burst_of(created);
    return burst.is_null() ? std::string("none yet") : std::string();
  });
  // The cheapest offer is tried first, under a name that can be worked out.
  kube::Client& us = sandbox_.admin("neocloud-us");
  json foreign =
      gpu_pod("neoburst", burst::attempt_name("one", uid_of(created), uid_of(burst), 1), "infinity");
  foreign["spec"]["containers"][0].erase("resources");
  foreign = must_create(us, kube::kPods, foreign);

  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), kEuNode);
  const json after = find_object(us, kube::kPods, "neoburst", name_of(foreign));
  ASSERT_FALSE(after.is_null()) << "the foreign pod was deleted";
  EXPECT_EQ(uid_of(after), uid_of(foreign));
  EXPECT_FALSE(after["metadata"].contains("deletionTimestamp"));
  wait_ended(created);
  wait_nothing_left();
  must_delete(us, kube::kPods, "neoburst", name_of(foreign), {.grace_seconds = 0});
}

}  // namespace testing_support::loss_test
