// kubectl debug: a container that is added to a bursted pod is added to its twin.

#include "support/e2e.h"
#include "support/kubelet.h"
#include "support/references.h"

namespace testing_support::debug_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Debugging : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
  void debug(const std::string& container) {
    const auto added = kubectl(sandbox_, {"debug", "pod/one", "--namespace", ns_, "--container", container,
                                          "--image", "registry.example.com/tools:1", "--target", "main",
                                          "--attach=false", "--", "sleep", "infinity"});
    ASSERT_EQ(added.exit_code, 0) << added.output << added.errors;
  }
  /// What `kubectl debug` writes, with more in it than it has flags for.
  void add_container(const std::string& name, json container = json::object()) {
    container["name"] = name;
    container["image"] = "registry.example.com/tools:1";
    const json patch = {{"spec", {{"ephemeralContainers", {container}}}}};
    patch_as_kubelet(home(), ns_, "one", patch, "ephemeralcontainers");
  }
  /// The twin's ephemeral container of that name, once it is there.
  json wait_added(const std::string& name, std::chrono::seconds deadline = 40s) {
    json found;
    require_alive_within("container " + name + " of the twin", deadline, [&] {
      twin_ = find_object(eu(), kube::kPods, "neoburst", name_of(twin_));
      for (const json& each : twin_["spec"].value("ephemeralContainers", json::array())) {
        if (each.value("name", "") == name) found = each;
      }
      return found.is_null() ? twin_["spec"].value("ephemeralContainers", json::array()).dump()
                             : std::string();
    });
    return found;
  }
  /// The events that say that a container was not added.
  std::string refusals() {
    std::string all;
    for (const std::string& event : events_of(sandbox_, ns_, "one")) {
      if (event.starts_with("EphemeralContainerNotAdded: ")) all += event + "\n";
    }
    return all;
  }
  void wait_refused(const std::string& name, const std::string& why) {
    require_alive_within("the refusal of " + name, 40s, [&] {
      const std::string told = refusals();
      const bool there = told.find("container " + name + " cannot be added") != std::string::npos &&
                         told.find(why) != std::string::npos;
      return there ? std::string() : "told was: " + told;
    });
  }

  json one_;
  json twin_;
};

class Debug : public Debugging {
 protected:
  void SetUp() override {
    Debugging::SetUp();
    create_pod(gpu_pod(ns_, "one", "infinity"));
    one_ = wait_phase("one", "Running");
    twin_ = wait_twin(one_, "neocloud-eu");
  }
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
  patch_as_kubelet(eu(), "neoburst", name_of(twin_), running, "status");
  require_alive_within("its status at home", 40s, [&] {
    const json live = pod("one");
    const json state = live["status"].value("/ephemeralContainerStatuses/0/state"_json_pointer, json());
    return state.is_object() && state.contains("running") ? std::string() : live["status"].dump();
  });
}

TEST_F(Debug, ThoseAddedInOneMomentAreAllThere) {
  for (const char* name : {"debugger-1", "debugger-2", "debugger-3"}) add_container(name);
  for (const char* name : {"debugger-1", "debugger-2", "debugger-3"}) wait_added(name);
  EXPECT_EQ(twin_["spec"]["ephemeralContainers"].size(), 3u);
  EXPECT_EQ(refusals(), "");
}

TEST_F(Debug, WhatOneRefersToIsCopiedFirst) {
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "tools", {{"token", "d3bug-t0ken"}}));
  add_container("debugger", {{"envFrom", {{{"secretRef", {{"name", "tools"}}}}}}});
  const std::string copy = wait_added("debugger").value("/envFrom/0/secretRef/name"_json_pointer, "");
  EXPECT_NE(copy, "tools");
  const json secret = find_object(eu(), kube::kSecrets, "neoburst", copy);
  ASSERT_TRUE(secret.is_object()) << copy;
  EXPECT_EQ(secret["data"].value("token", ""), base64("d3bug-t0ken"));
  EXPECT_EQ(twin_.dump().find("d3bug-t0ken"), std::string::npos) << "never inlined";
}

TEST_F(Debug, OneThatIsRefusedKeepsNoOtherAwayAndIsTriedAgain) {
  add_container("root", {{"securityContext", {{"privileged", true}}}});
  wait_refused("root", "securityContext.privileged is not allowed there (Privileged)");
  add_container("needy", {{"envFrom", {{{"secretRef", {{"name", "tools"}}}}}}});
  wait_refused("needy", "secret \"tools\" not found");
  debug("debugger");
  wait_added("debugger");
  EXPECT_EQ(twin_["spec"]["ephemeralContainers"].size(), 1u);
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "tools", {{"token", "t"}}));
  wait_added("needy", 90s);
  EXPECT_EQ(twin_["spec"]["ephemeralContainers"].size(), 2u);
  EXPECT_EQ(phase_of(pod("one")), "Running");
}

/// At a provider whose kubelet gets no pod to run.
class DebugBeforeItRuns : public Debugging {
 protected:
  void SetUp() override {
    Debugging::SetUp();
    const json rule = json::parse(
        R"({"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["pods/status"]}]})");
    must_create(eu(), kAdmissionPolicies,
                {{"apiVersion", "admissionregistration.k8s.io/v1"},
                 {"kind", "ValidatingAdmissionPolicy"},
                 {"metadata", {{"name", "none-runs"}}},
                 {"spec",
                  {{"failurePolicy", "Fail"},
                   {"matchConstraints", rule},
                   {"validations", {{{"expression", "object.status.phase != 'Running'"}}}}}}});
    must_create(eu(), kAdmissionBindings,
                {{"apiVersion", "admissionregistration.k8s.io/v1"},
                 {"kind", "ValidatingAdmissionPolicyBinding"},
                 {"metadata", {{"name", "none-runs"}}},
                 {"spec", {{"policyName", "none-runs"}, {"validationActions", {"Deny"}}}}});
    wait_policy();
  }
  void TearDown() override {
    must_delete(eu(), kAdmissionBindings, {}, "none-runs");
    must_delete(eu(), kAdmissionPolicies, {}, "none-runs");
    must_delete(eu(), kube::kPods, "default", "probe", {.grace_seconds = 0});
    Debugging::TearDown();
  }
  /// It takes a moment until the API server enforces it.
  void wait_policy() {
    json probe = gpu_pod("default", "probe", "1");
    probe["spec"]["nodeSelector"] = {{kTestLabel, "nowhere"}};
    must_create(eu(), kube::kPods, probe);
    require_alive_within("the policy to hold", 60s, [&] {
      const json running = {{"status", {{"phase", "Running"}}}};
      const auto patched =
          eu().patch(kube::kPods, "default", "probe", kube::PatchType::kMerge, running.dump(), "status");
      return patched ? std::string("a pod may run") : std::string();
    });
  }
};

TEST_F(DebugBeforeItRuns, AnInitContainerThatHangsCanBeLookedAt) {
  json hanging = gpu_pod(ns_, "one", "infinity");
  hanging["spec"]["initContainers"] = json::parse(
      R"([{"name": "setup", "image": "registry.example.com/setup:1", "command": ["sleep", "infinity"]}])");
  create_pod(hanging);
  require_alive_within("the pod to be bound", 40s, [&] {
    one_ = pod("one");
    return node_of(one_) == kEuNode ? std::string() : one_["status"].dump();
  });
  twin_ = wait_twin(one_, "neocloud-eu");
  debug("debugger");
  wait_added("debugger");
  EXPECT_EQ(phase_of(twin_), "Pending");
  EXPECT_EQ(phase_of(pod("one")), "Pending");
}

}  // namespace testing_support::debug_test
