// Whatever is deleted, whenever: nothing stays Terminating, nothing stays at the provider.

#include "support/e2e.h"

namespace testing_support::deletion_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Deletion : public EndToEnd {
 protected:
  void TearDown() override {
    const json uncordon = {{"spec", {{"unschedulable", nullptr}}}};
    if (cordoned_) {
      EXPECT_TRUE(home().patch(kube::kNodes, {}, kEuNode, kube::PatchType::kMerge, uncordon.dump()));
    }
    EndToEnd::TearDown();
  }

  /// A provider that places nothing for minutes: its region has no nodes.
  void add_slow_provider() {
    must_create(home(), api::kProviders, declared_provider("slow", "neocloud-eu", {"eu-nowhere"}, 8));
    neoburst_.wait_condition("slow", "Ready", "True");
    json claim = open_claim(ns_, "research");
    claim["spec"]["providers"] = {{"allow", {"slow"}}};
    create_claim(claim, {"neoburst-slow-eu-nowhere-h100-ondemand"});
  }
  /// A pod whose twin is placed while nobody may bind to its burst node.
  json make_reserved_pod(const std::string& name) {
    json claim = eu_claim(ns_, "research");
    claim["spec"]["burst"]["after"] = "3s";
    claim["spec"]["providers"] = {{"allow", {"neocloud-eu"}}};
    create_claim(claim, {kEuNode});
    const json created = create_pod(gpu_pod(ns_, name, "2"));
    require_within("the PodBurst", 30s,
                   [&] { return burst_of(created).is_null() ? std::string("none yet") : std::string(); });
    cordoned_ = true;
    const json cordon = {{"spec", {{"unschedulable", true}}}};
    EXPECT_TRUE(home().patch(kube::kNodes, {}, kEuNode, kube::PatchType::kMerge, cordon.dump()));
    require_within("the reservation", 30s, [&] {
      const json live = pod(name);
      const auto annotations = live["metadata"].value("annotations", json::object());
      return annotations.contains("neoburst.io/reserved") ? std::string()
                                                          : "none; " + burst_of(created).dump();
    });
    EXPECT_EQ(node_of(pod(name)), "");
    return created;
  }
  json make_running_pod(const std::string& name) {
    create_claim(eu_claim(ns_, "research"));
    const json created = create_pod(gpu_pod(ns_, name, "infinity"));
    wait_phase(name, "Running");
    return created;
  }
  void expect_deleted(const json& created) {
    wait_gone(name_of(created));
    wait_nothing_left();
    EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "PodDeleted");
  }

 private:
  bool cordoned_ = false;
};

TEST_F(Deletion, OfAPodWhoseTwinIsBeingObtained) {
  add_slow_provider();
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  EXPECT_EQ(node_of(wait_twin(created, "neocloud-eu")), "");
  must_delete(home(), kube::kPods, ns_, "one");
  expect_deleted(created);
}

TEST_F(Deletion, OfAPodThatAFinalizerKeepsLeavesNoTwin) {
  add_slow_provider();
  json wanted = gpu_pod(ns_, "one", "1");
  wanted["metadata"]["finalizers"] = {"example.com/look"};
  const json created = create_pod(wanted);
  wait_twin(created, "neocloud-eu");
  must_delete(home(), kube::kPods, ns_, "one");
  wait_nothing_left();
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "PodDeleted");
  EXPECT_FALSE(pod("one").is_null()) << "the finalizer was somebody else's";
  const json release = {{"metadata", {{"finalizers", nullptr}}}};
  ASSERT_TRUE(home().patch(kube::kPods, ns_, "one", kube::PatchType::kMerge, release.dump()));
  wait_gone("one");
}

TEST_F(Deletion, OfAPodWithAReservation) {
  const json created = make_reserved_pod("one");
  must_delete(home(), kube::kPods, ns_, "one");
  expect_deleted(created);
}

TEST_F(Deletion, OfARunningPodLetsItsContainersEndInTheirTime) {
  const json created = make_running_pod("one");
  const json twin = wait_twin(created, "neocloud-eu");
  const json slow_stop = {{"metadata", {{"annotations", {{"sandbox.neoburst.io/stop-seconds", "2"}}}}}};
  ASSERT_TRUE(sandbox_.admin("neocloud-eu")
                  .patch(kube::kPods, "neoburst", name_of(twin), kube::PatchType::kMerge, slow_stop.dump()));
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 10});
  require_within("the deletion to reach the twin", 20s, [&] {
    const auto twins = twins_of(created, "neocloud-eu");
    return twins.empty() || twins.front()["metadata"].contains("deletionTimestamp") ? std::string()
                                                                                    : std::string("not yet");
  });
  EXPECT_FALSE(twins_of(created, "neocloud-eu").empty()) << "it was not given its grace";
  EXPECT_FALSE(pod("one").is_null()) << "the pod was gone before its containers had ended";
  expect_deleted(created);
}

TEST_F(Deletion, ByForceLeavesNothingAtTheProvider) {
  const json created = make_running_pod("one");
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 0});
  expect_deleted(created);
}

TEST_F(Deletion, OfAJobMidRun) {
  create_claim(eu_claim(ns_, "research"));
  must_create(home(), kJobs, gpu_job(ns_, "train", 6, 6, "infinity"));
  ASSERT_TRUE(wait_for("six pods to run", 40s, [&] {
    const json job = find_object(home(), kJobs, ns_, "train");
    return job.value("/status/ready"_json_pointer, 0) == 6 ? std::string() : job["status"].dump();
  }));
  must_delete(home(), kJobs, ns_, "train", {.propagation = "Background"});
  ASSERT_TRUE(wait_for("the pods to be gone", 40s, [&] {
    const auto pods = list_all(home(), kube::kPods, ns_);
    return pods.empty() ? std::string() : joined(terminating_pods(sandbox_, ns_));
  }));
  wait_nothing_left();
}

TEST_F(Deletion, OfTheWholeNamespaceMidRun) {
  make_running_pod("one");
  create_pod(gpu_pod(ns_, "two", "infinity"));
  wait_phase("two", "Running");
  must_delete(home(), kube::kNamespaces, {}, ns_);
  EXPECT_TRUE(wait_for("the namespace to be gone", 60s, [&] {
    const json ns = find_object(home(), kube::kNamespaces, {}, ns_);
    return ns.is_null() ? std::string() : ns["status"].dump();
  }));
  wait_nothing_left();
}

TEST_F(Deletion, OfTheProviderMidRunFailsItsPods) {
  const json created = make_running_pod("one");
  neoburst_.remove_provider("neocloud-eu");
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "BurstProviderRemoved") << failed["status"];
  wait_nothing_left();
  wait_ended(created);
}

TEST_F(Deletion, AHomeGpuThatComesFreeWhileObtainingIsTaken) {
  add_slow_provider();
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  wait_twin(created, "neocloud-eu");
  neoburst_.free_home();
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), "home-gpu-0");
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "RanAtHome");
  wait_nothing_left();
}

TEST_F(Deletion, AHomeGpuThatComesFreeWhileReservedIsTaken) {
  const json created = make_reserved_pod("one");
  neoburst_.free_home();
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), "home-gpu-0");
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "RanAtHome");
  wait_nothing_left();
}

}  // namespace testing_support::deletion_test
