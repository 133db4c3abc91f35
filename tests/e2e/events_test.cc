// Events that a provider's cluster writes about a twin appear on the home pod.

#include "support/events.h"

#include "burst/names.h"
#include "support/e2e.h"
#include "support/kubelet.h"
#include "support/references.h"

namespace testing_support::events_test {

using namespace std::chrono_literals;
using nlohmann::json;

class ProviderEvents : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
    must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
    create_pod(with_environment(gpu_pod(ns_, "one", "infinity"), "settings"));
    one_ = wait_phase("one", "Running");
    twin_ = wait_twin(one_, "neocloud-eu");
  }
  void TearDown() override {
    for (const std::string& name : made_) must_delete(eu(), kube::kCoreEvents, "neoburst", name);
    EndToEnd::TearDown();
  }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
  void say(const json& about, const std::string& name, const std::string& type, const std::string& reason,
           const std::string& message) {
    must_create(eu(), kube::kCoreEvents, kubelet_event(about, ns_ + "." + name, type, reason, message));
    made_.push_back(ns_ + "." + name);
  }
  std::vector<json> told(const std::string& reason) {
    std::vector<json> out;
    for (json& event : events_about(home(), one_)) {
      const bool marked = event.value("note", "").starts_with("[neocloud-eu] ");
      if (marked && event.value("reason", "") == reason) out.push_back(std::move(event));
    }
    return out;
  }

  json one_;
  json twin_;
  std::vector<std::string> made_;
};

TEST_F(ProviderEvents, AreToldOnThePodInItsOwnNames) {
  say(twin_, "back-off", "Warning", "BackOff",
      "Back-off restarting failed container main in pod " + name_of(twin_) + "_neoburst(" + uid_of(twin_) +
          ")");
  const json event = wait_event(home(), one_, "BackOff");
  EXPECT_EQ(event.value("note", ""), "[neocloud-eu] Back-off restarting failed container main in pod one_" +
                                         ns_ + "(" + uid_of(one_) + ")");
  EXPECT_EQ(event.value("type", ""), "Warning");
  const auto described = kubectl(sandbox_, {"describe", "pod", "one", "--namespace", ns_});
  EXPECT_NE(described.output.find("[neocloud-eu] Back-off restarting"), std::string::npos)
      << described.output;
  EXPECT_EQ(described.output.find(name_of(twin_)), std::string::npos) << "the twin's name leaked";
  const std::string copy = twin_["metadata"]["annotations"].value(std::string(burst::kCopiesAnnotation), "");
  ASSERT_TRUE(copy.starts_with("settings-")) << copy;
  say(twin_, "failed", "Warning", "Failed", "Error: configmap \"" + copy + "\" not found");
  const json failed = wait_event(home(), one_, "Failed");
  EXPECT_EQ(failed.value("note", ""), "[neocloud-eu] Error: configmap \"settings\" not found");
}

TEST_F(ProviderEvents, RepetitionsAreCountedAlsoAcrossARestart) {
  say(twin_, "unhealthy", "Warning", "Unhealthy", "Readiness probe failed");
  wait_event(home(), one_, "Unhealthy");
  const auto happened = [&](int count) {
    const json patch = {{"count", count}};
    ASSERT_TRUE(
        eu().patch(kube::kCoreEvents, "neoburst", ns_ + ".unhealthy", kube::PatchType::kMerge, patch.dump()));
    require_within("the count to be " + std::to_string(count), 40s, [&] {
      const auto events = told("Unhealthy");
      const bool counted = events.size() == 1 && events[0].value("/series/count"_json_pointer, 0) == count;
      return counted ? std::string() : json(events).dump();
    });
  };
  happened(3);
  neoburst_.stop_operator();
  neoburst_.start_operator();
  happened(4);
}

TEST_F(ProviderEvents, AFloodIsHeldBackAndNobodyElsePaysForIt) {
  for (int i = 0; i < 40; ++i) {
    say(twin_, "flood-" + std::to_string(i), "Warning", "Flood", "number " + std::to_string(i));
  }
  create_pod(gpu_pod(ns_, "two", "infinity"));
  const json two = wait_phase("two", "Running");
  say(wait_twin(two, "neocloud-eu"), "marker", "Normal", "Killing", "Stopping container main");
  wait_event(home(), two, "Killing");  // one watch tells in order: the flood has been heard
  const std::size_t floods = told("Flood").size();
  EXPECT_GE(floods, 5u);
  EXPECT_LT(floods, 40u);
}

TEST_F(ProviderEvents, WhatIsNoneOfItsBusinessIsNotTold) {
  json stranger = twin_;
  stranger["metadata"]["name"] = "stranger";
  stranger["metadata"]["uid"] = "11111111-2222-3333-4444-555555555555";
  say(stranger, "stranger", "Warning", "Failed", "somebody else's");
  say(twin_, "gate", "Warning", "FailedMount",
      "MountVolume.SetUp failed for volume \"neoburst-go\" : configmap \"" + name_of(twin_) +
          "-go\" not found");
  say(twin_, "scheduled", "Normal", "Scheduled", "Successfully assigned");
  say(twin_, "marker", "Normal", "Killing", "Stopping container main");
  wait_event(home(), one_, "Killing");
  EXPECT_TRUE(told("Failed").empty());
  EXPECT_TRUE(told("FailedMount").empty());
  EXPECT_TRUE(told("Scheduled").empty());
}

}  // namespace testing_support::events_test
