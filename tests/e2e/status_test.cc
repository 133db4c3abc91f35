// The pod's status is what the twin's kubelet reports: the tests speak as that kubelet.

#include "support/e2e.h"
#include "support/kubelet.h"

namespace testing_support::status_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* kTime = "2026-11-20T10:00:00Z";

class Status : public EndToEnd {
 protected:
  /// A running pod that is restarted by its kubelet, and its twin.
  void run_pod(const json& claim, const std::string& restart_policy) {
    json wanted = gpu_pod(ns_, "one", "infinity");
    wanted["spec"]["restartPolicy"] = restart_policy;
    run(claim, wanted);
  }
  void run(const json& claim, const json& wanted) {
    create_claim(claim, {kEuNode});
    create_pod(wanted);
    one_ = wait_phase("one", "Running");
    twin_ = find_object(eu(), kube::kPods, "neoburst", name_of(wait_twin(one_, "neocloud-eu")));
  }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
  /// As the twin's kubelet writes it: a strategic merge, conditions by type.
  void kubelet_says(const json& status) {
    patch_as_kubelet(eu(), "neoburst", name_of(twin_), {{"status", status}}, "status");
  }
  void wait_ready(const std::string& status) {
    require_alive_within("Ready to be " + status, 30s, [&] {
      const json ready = condition_of(pod("one"), "Ready");
      return ready.value("status", "") == status ? std::string() : ready.dump();
    });
  }
  std::string twin_address() {
    return find_object(eu(), kube::kPods, "neoburst", name_of(twin_))["status"].value("podIP", "");
  }
  json container(const json& state, int restarts, const json& last = json::object()) {
    return {{"name", "main"},        {"image", "registry.example.com/train:1"},
            {"imageID", "sha256:1"}, {"ready", false},
            {"started", false},      {"restartCount", restarts},
            {"state", state},        {"lastState", last}};
  }
  static json ended(int exit_code, const std::string& reason) {
    return {{"terminated",
             {{"exitCode", exit_code}, {"reason", reason}, {"startedAt", kTime}, {"finishedAt", kTime}}}};
  }
  static json not_ready() {
    return {{{"type", "Ready"},
             {"status", "False"},
             {"reason", "ContainersNotReady"},
             {"lastTransitionTime", kTime}},
            {{"type", "ContainersReady"},
             {"status", "False"},
             {"reason", "ContainersNotReady"},
             {"lastTransitionTime", kTime}}};
  }
  /// The container's status at home, once `pointer` of it is `value`.
  json wait_container(const json::json_pointer& pointer, const json& value) {
    json found;
    require_alive_within("the container's " + pointer.to_string(), 40s, [&] {
      const json live = pod("one");
      if (live.is_null()) return std::string("the pod is gone");
      found = live["status"].value("/containerStatuses/0"_json_pointer, json::object());
      return found.contains(pointer) && found.at(pointer) == value ? std::string() : live["status"].dump();
    });
    return found;
  }

  json one_;
  json twin_;
};

TEST_F(Status, RestartsAndWhyTheyWait) {
  run_pod(eu_claim(ns_, "research"), "Always");
  kubelet_says({{"containerStatuses",
                 {container({{"waiting", {{"reason", "CrashLoopBackOff"}, {"message", "back-off 40s"}}}}, 3,
                            ended(137, "OOMKilled"))}},
                {"conditions", not_ready()}});
  const json seen = wait_container("/restartCount"_json_pointer, 3);
  EXPECT_EQ(seen.value("/state/waiting/reason"_json_pointer, ""), "CrashLoopBackOff");
  EXPECT_EQ(seen.value("/lastState/terminated/reason"_json_pointer, ""), "OOMKilled");
  EXPECT_EQ(seen.value("/lastState/terminated/exitCode"_json_pointer, 0), 137);
  EXPECT_EQ(condition_of(pod("one"), "Ready").value("reason", ""), "ContainersNotReady");

  kubelet_says({{"containerStatuses",
                 {container({{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no such image"}}}}, 3,
                            ended(137, "OOMKilled"))}}});
  wait_container("/state/waiting/reason"_json_pointer, "ImagePullBackOff");
  const auto listed = kubectl(sandbox_, {"get", "pod", "one", "--namespace", ns_});
  EXPECT_NE(listed.output.find("ImagePullBackOff"), std::string::npos) << listed.output;
}

TEST_F(Status, OutOfMemoryIsTheEndWithItsExitCode) {
  run_pod(eu_claim(ns_, "research"), "Never");
  kubelet_says({{"phase", "Failed"}, {"containerStatuses", {container(ended(137, "OOMKilled"), 0)}}});
  const json failed = wait_phase("one", "Failed");
  const json terminated =
      failed["status"].value("/containerStatuses/0/state/terminated"_json_pointer, json());
  EXPECT_EQ(terminated.value("reason", ""), "OOMKilled") << failed["status"];
  EXPECT_EQ(terminated.value("exitCode", 0), 137);
}

TEST_F(Status, AnEvictionByTheProvidersKubelet) {
  run_pod(eu_claim(ns_, "research"), "Never");
  kubelet_says({{"phase", "Failed"},
                {"reason", "Evicted"},
                {"message", "The node was low on resource: memory."},
                {"containerStatuses", {container(ended(137, "Error"), 0)}},
                {"conditions",
                 {{{"type", "DisruptionTarget"},
                   {"status", "True"},
                   {"reason", "TerminationByKubelet"},
                   {"lastTransitionTime", kTime}}}}});
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "Evicted");
  EXPECT_EQ(failed["status"].value("message", ""), "The node was low on resource: memory.");
  EXPECT_EQ(condition_of(failed, "DisruptionTarget").value("reason", ""), "TerminationByKubelet")
      << failed["status"];
}

TEST_F(Status, ConditionsOfOthersStay) {
  run_pod(eu_claim(ns_, "research"), "Always");
  const json theirs = {
      {"status",
       {{"conditions",
         {{{"type", "example.com/Warm"}, {"status", "True"}, {"lastTransitionTime", kTime}}}}}}};
  patch_as_kubelet(home(), ns_, "one", theirs, "status");
  kubelet_says(
      {{"containerStatuses", {container({{"running", {{"startedAt", kTime}}}}, 1, ended(1, "Error"))}},
       {"conditions", not_ready()}});
  wait_container("/restartCount"_json_pointer, 1);
  const json live = pod("one");
  EXPECT_EQ(condition_of(live, "example.com/Warm").value("status", ""), "True") << live["status"];
  EXPECT_EQ(condition_of(live, "PodScheduled").value("status", ""), "True");
  EXPECT_EQ(condition_of(live, "Ready").value("status", ""), "False");
}

TEST_F(Status, WhatHomesNodeControllerMadeOfItIsPutBack) {
  run_pod(eu_claim(ns_, "research"), "Always");
  wait_ready("True");
  // As it does when it has heard nothing from the burst node for too long.
  patch_as_kubelet(home(), ns_, "one",
                   {{"status", {{"conditions", {{{"type", "Ready"}, {"status", "False"}}}}}}}, "status");
  wait_ready("True");
}

TEST_F(Status, AddressesThatWerePublishedCanBeHiddenAgain) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["network"] = {{"podAddresses", "Published"}};
  run_pod(claim, "Always");
  const auto address = [&] { return pod("one")["status"].value("podIP", ""); };
  require_alive_within("the address", 30s, [&] { return address().empty() ? "none" : std::string(); });
  EXPECT_EQ(address(), twin_address());
  const json hide = {{"spec", {{"network", {{"podAddresses", "Hidden"}}}}}};
  ASSERT_TRUE(home().patch(api::kClaims, ns_, "research", kube::PatchType::kMerge, hide.dump()));
  require_alive_within("the address to go", 30s, [&] { return address(); });
  EXPECT_FALSE(pod("one")["status"].contains("podIPs")) << pod("one")["status"];
}

TEST_F(Status, InitContainersAndSidecars) {
  json wanted = gpu_pod(ns_, "one", "infinity");
  wanted["spec"]["initContainers"] = {
      {{"name", "fetch"}, {"image", "registry.example.com/fetch:1"}},
      {{"name", "proxy"}, {"image", "registry.example.com/proxy:1"}, {"restartPolicy", "Always"}}};
  run(eu_claim(ns_, "research"), wanted);
  const json seen = pod("one")["status"].value("initContainerStatuses", json::array());
  ASSERT_EQ(seen.size(), 2u) << seen;
  EXPECT_EQ(seen[0].value("/state/terminated/exitCode"_json_pointer, -1), 0) << seen;
  EXPECT_TRUE(seen[1].contains("/state/running"_json_pointer)) << seen;

  json later = twin_["status"]["initContainerStatuses"];
  later[1]["restartCount"] = 2;
  later[1]["ready"] = false;
  later[1]["state"] = {{"waiting", {{"reason", "CrashLoopBackOff"}}}};
  later[1]["lastState"] = ended(1, "Error");
  kubelet_says({{"initContainerStatuses", later}});
  require_alive_within("the sidecar's restarts", 30s, [&] {
    const json status = pod("one")["status"];
    return status.value("/initContainerStatuses/1/restartCount"_json_pointer, 0) == 2 ? std::string()
                                                                                      : status.dump();
  });
}

TEST_F(Status, AReadinessGateIsOpenedAtHome) {
  json wanted = gpu_pod(ns_, "one", "infinity");
  wanted["spec"]["readinessGates"] = {{{"conditionType", "example.com/warm"}}};
  run(eu_claim(ns_, "research"), wanted);
  wait_ready("False");
  EXPECT_EQ(condition_of(pod("one"), "Ready").value("reason", ""), "ReadinessGatesNotReady");
  EXPECT_EQ(condition_of(pod("one"), "ContainersReady").value("status", ""), "True");
  const json opened = {{"type", "example.com/warm"}, {"status", "True"}, {"lastTransitionTime", kTime}};
  patch_as_kubelet(home(), ns_, "one", {{"status", {{"conditions", {opened}}}}}, "status");
  wait_ready("True");
}

TEST_F(Status, TheEndIsFinalWhateverTheTwinSaysLater) {
  run_pod(eu_claim(ns_, "research"), "Never");
  kubelet_says({{"phase", "Succeeded"}, {"containerStatuses", {container(ended(0, "Completed"), 0)}}});
  wait_phase("one", "Succeeded");
  wait_ended(one_);
  wait_nothing_left();
  EXPECT_EQ(phase_of(pod("one")), "Succeeded");
}

}  // namespace testing_support::status_test
