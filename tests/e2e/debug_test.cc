// kubectl debug: a container that is added to a bursted pod is added to its twin.

#include "support/e2e.h"
#include "support/kubelet.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class Debug : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
    create_pod(gpu_pod(ns_, "one", "infinity"));
    one_ = wait_phase("one", "Running");
    twin_ = wait_twin(one_, "neocloud-eu");
  }
  void debug(const std::string& container) {
    const auto added = kubectl(sandbox_, {"debug", "pod/one", "--namespace", ns_, "--container", container,
                                          "--image", "registry.example.com/tools:1", "--target", "main",
                                          "--attach=false", "--", "sleep", "infinity"});
    ASSERT_EQ(added.exit_code, 0) << added.output << added.errors;
  }
  /// The twin's ephemeral container of that name, once it is there.
  json wait_added(const std::string& name) {
    json found;
    require_alive_within("container " + name + " of the twin", 40s, [&] {
      twin_ = find_object(sandbox_.admin("neocloud-eu"), kube::kPods, "neoburst", name_of(twin_));
      for (const json& each : twin_["spec"].value("ephemeralContainers", json::array())) {
        if (each.value("name", "") == name) found = each;
      }
      return found.is_null() ? twin_["spec"].value("ephemeralContainers", json::array()).dump()
                             : std::string();
    });
    return found;
  }

  json one_;
  json twin_;
};

TEST_F(Debug, ContainersAreAddedOneAfterTheOther) {
  debug("debugger-1");
  const json first = wait_added("debugger-1");
  EXPECT_EQ(first.value("image", ""), "registry.example.com/tools:1");
  EXPECT_EQ(first.value("targetContainerName", ""), "main");
  EXPECT_EQ(first.value("command", json()), json::array({"sleep", "infinity"}));
  debug("debugger-2");
  wait_added("debugger-2");
  EXPECT_EQ(twin_["spec"]["ephemeralContainers"].size(), 2u);
}

TEST_F(Debug, WhatItsKubeletSaysOfThemIsOnThePod) {
  debug("debugger");
  wait_added("debugger");
  const json running = {{"status",
                         {{"ephemeralContainerStatuses",
                           {{{"name", "debugger"},
                             {"image", "registry.example.com/tools:1"},
                             {"imageID", ""},
                             {"ready", false},
                             {"restartCount", 0},
                             {"state", {{"running", {{"startedAt", "2026-11-20T10:00:00Z"}}}}}}}}}}};
  patch_as_kubelet(sandbox_.admin("neocloud-eu"), "neoburst", name_of(twin_), running, "status");
  require_alive_within("its status at home", 40s, [&] {
    const json live = pod("one");
    const json state = live["status"].value("/ephemeralContainerStatuses/0/state"_json_pointer, json());
    return state.is_object() && state.contains("running") ? std::string() : live["status"].dump();
  });
}

}  // namespace
}  // namespace testing_support
