#include "burst/mirror.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/time_text.h"
#include "burst/decide.h"

namespace burst::mirror_test {

using nlohmann::json;

const std::vector<HomeCondition> kHome = {{"PodScheduled", "True", "", "", base::Time{}, 1},
                                          {"Ready", "False", "", "", {}},
                                          {"example.com/gate", "True", "Set", "by others", {}}};

MirrorInput input(std::string_view twin) {
  return {.twin_status = twin,
          .containers = "main,",
          .ephemeral_containers = "debugger,",
          .limit_reason = "LifetimeEnded",
          .home_conditions = kHome,
          .now = *base::parse_time("2026-05-01T00:00:00Z")};
}

json mirrored(const MirrorInput& from) {
  auto status = mirrored_status(from);
  EXPECT_TRUE(status) << (status ? "" : status.error().message);
  return status && *status ? **status : json();
}
json mirrored(const char* twin) { return mirrored(input(twin)); }

json condition(const json& status, std::string_view type) {
  for (const json& c : status.at("conditions")) {
    if (c.at("type") == type) return c;
  }
  return {};
}

TEST(MirrorTest, StartingWithoutTroubleIsNotNews) {
  EXPECT_TRUE(mirrored(R"({"phase": "Pending"})").is_null());
  EXPECT_TRUE(mirrored(R"({"phase": "Pending", "containerStatuses":
    [{"name": "main", "state": {"waiting": {"reason": "ContainerCreating"}}}]})")
                  .is_null());
}

TEST(MirrorTest, TroubleIsNews) {
  const json status = mirrored(R"({"phase": "Pending", "containerStatuses":
    [{"name": "main", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "m"}}}]})");
  EXPECT_EQ(status["containerStatuses"][0]["state"]["waiting"]["reason"], "ImagePullBackOff");
}

TEST(MirrorTest, KeepsConditionsOfOthersAndTakesTheKubelets) {
  const json status =
      mirrored(R"({"phase": "Running", "startTime": "2026-01-01T00:00:00Z", "podIP": "10.0.0.1",
    "conditions": [{"type": "Ready", "status": "True"}, {"type": "PodScheduled", "status": "False"}]})");
  std::map<std::string, std::string> got;
  for (const json& c : status["conditions"]) got[c["type"]] = c["status"];
  EXPECT_EQ(got, (std::map<std::string, std::string>{
                     {"Ready", "True"}, {"PodScheduled", "True"}, {"example.com/gate", "True"}}));
  EXPECT_TRUE(status.at("podIP").is_null());
  EXPECT_EQ(status["startTime"], "2026-01-01T00:00:00Z");
}

TEST(MirrorTest, DropsContainersThatAreNotThePods) {
  const json status = mirrored(R"({"phase": "Running", "containerStatuses":
    [{"name": "main", "restartCount": 2}, {"name": "sidecar"}, {"name": "ain"}]})");
  ASSERT_EQ(status["containerStatuses"].size(), 1U);
  EXPECT_EQ(status["containerStatuses"][0]["restartCount"], 2);
}

TEST(MirrorTest, KeepsReasonsAndExitCodes) {
  const json status = mirrored(R"({"phase": "Failed", "reason": "Evicted", "message": "low on memory",
    "containerStatuses": [{"name": "main", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]})");
  EXPECT_EQ(status["reason"], "Evicted");
  EXPECT_EQ(status["containerStatuses"][0]["state"]["terminated"]["exitCode"], 137);
}

TEST(MirrorTest, GarbageIsMalformedNotACrash) {
  for (const char* bad :
       {"{", "[1]", R"({"phase": 3})", R"({"phase": "Exploded"})",
        R"({"conditions": "x", "phase": "Running"})", R"({"phase": "Running", "containerStatuses": [1]})",
        R"({"phase": "Running", "message": 1})",
        R"({"phase": "Running", "containerStatuses": [{"name": "main", "restartCount": "many"}]})"}) {
    const auto status = mirrored_status(input(bad));
    ASSERT_FALSE(status) << bad;
    EXPECT_TRUE(status.error().is(base::Code::kMalformed)) << bad;
  }
}

TEST(MirrorTest, EndedIsFinal) {
  MirrorInput from = input(R"({"phase": "Running"})");
  from.home_ended = true;
  EXPECT_TRUE(mirrored(from).is_null());
}

TEST(MirrorTest, AllStatesOfAllContainers) {
  const json status = mirrored(R"({"phase": "Running",
    "initContainerStatuses": [{"name": "main", "ready": true, "restartCount": 0, "state":
      {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": "2026-01-01T00:00:00Z",
                      "finishedAt": "2026-01-01T00:00:01Z", "containerID": "containerd://1"}}}],
    "containerStatuses": [{"name": "main", "ready": true, "started": true, "restartCount": 3, "image": "i",
      "imageID": "sha256:1", "containerID": "containerd://2",
      "state": {"running": {"startedAt": "2026-01-01T00:01:00Z"}},
      "lastState": {"terminated": {"exitCode": 137, "signal": 9, "reason": "OOMKilled", "startedAt": null}},
      "allocatedResources": {"cpu": "1"}, "resources": {"limits": {"cpu": "1"}, "claims": [{"name": "x"}]},
      "allocatedResourcesStatus": [{"name": "nvidia.com/gpu", "resources": [{"resourceID": "GPU-1"}]}],
      "volumeMounts": [{"name": "data", "mountPath": "/data"},
                       {"name": "neoburst-go", "mountPath": "/run/neoburst", "readOnly": true}]}],
    "ephemeralContainerStatuses": [{"name": "debugger", "state": {"running": {}}},
                                   {"name": "foreign", "state": {"running": {}}}]})");
  EXPECT_EQ(status["initContainerStatuses"][0]["state"]["terminated"]["finishedAt"], "2026-01-01T00:00:01Z");
  const json& main = status["containerStatuses"][0];
  EXPECT_EQ(main["lastState"]["terminated"]["signal"], 9);
  EXPECT_EQ(main["containerID"], "containerd://2");
  EXPECT_EQ(main["resources"], json::parse(R"({"limits": {"cpu": "1"}})"));
  EXPECT_FALSE(main.contains("allocatedResourcesStatus"));
  EXPECT_EQ(main["volumeMounts"], json::parse(R"([{"name": "data", "mountPath": "/data"}])"));
  ASSERT_EQ(status["ephemeralContainerStatuses"].size(), 1U);
  EXPECT_EQ(status["ephemeralContainerStatuses"][0]["name"], "debugger");
}

TEST(MirrorTest, ADeadlineOfOursHasOurReason) {
  EXPECT_EQ(mirrored(R"({"phase": "Failed", "reason": "DeadlineExceeded"})")["reason"], "LifetimeEnded");
  MirrorInput own = input(R"({"phase": "Failed", "reason": "DeadlineExceeded"})");
  own.limit_reason = "";
  EXPECT_EQ(mirrored(own)["reason"], "DeadlineExceeded");
}

TEST(MirrorTest, ReadyTakesBothSides) {
  const char* twin = R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "True",
                         "lastTransitionTime": "2026-01-01T00:00:00Z"}]})";
  const std::vector<std::string> open = {"example.com/gate"};
  const std::vector<std::string> missing = {"example.com/gate", "example.com/other"};
  MirrorInput from = input(twin);
  from.readiness_gates = open;
  EXPECT_EQ(condition(mirrored(from), "Ready")["status"], "True");
  EXPECT_EQ(condition(mirrored(from), "Ready")["lastTransitionTime"], "2026-05-01T00:00:00Z");
  from.readiness_gates = missing;
  const json closed = condition(mirrored(from), "Ready");
  EXPECT_EQ(closed["status"], "False");
  EXPECT_EQ(closed["reason"], "ReadinessGatesNotReady");
  EXPECT_EQ(closed["message"],
            "corresponding condition of pod readiness gate \"example.com/other\" does not exist.");
}

TEST(MirrorTest, ReadyKeepsTheTimeOfItsLastChange) {
  std::vector<HomeCondition> home = kHome;
  home[1].changed = *base::parse_time("2026-04-01T00:00:00Z");
  home[2].status = "False";
  const std::vector<std::string> gates = {"example.com/gate"};
  MirrorInput from = input(R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]})");
  from.home_conditions = home;
  from.readiness_gates = gates;
  const json ready = condition(mirrored(from), "Ready");
  EXPECT_EQ(ready["message"],
            "the status of pod readiness gate \"example.com/gate\" is not \"True\", but False");
  EXPECT_EQ(ready["lastTransitionTime"], "2026-04-01T00:00:00Z");
}

TEST(MirrorTest, ADisruptionAtTheProviderIsOneAtHome) {
  const char* twin = R"({"phase": "Failed", "reason": "Preempted", "conditions": [
    {"type": "DisruptionTarget", "status": "True", "reason": "PreemptionByScheduler", "message": "m"}]})";
  const json status = mirrored(twin);
  EXPECT_EQ(condition(status, "DisruptionTarget")["reason"], "PreemptionByScheduler");
  std::vector<HomeCondition> home = kHome;
  home.push_back({"DisruptionTarget", "False", "", "", {}});
  MirrorInput from = input(twin);
  from.home_conditions = home;
  EXPECT_EQ(condition(mirrored(from), "DisruptionTarget")["reason"], "PreemptionByScheduler");
  home.back() = {"DisruptionTarget", "True", "EvictionByEvictionAPI", "", {}};
  EXPECT_EQ(condition(mirrored(from), "DisruptionTarget")["reason"], "EvictionByEvictionAPI");
}

TEST(MirrorTest, HomesConditionsLoseNothing) {
  EXPECT_EQ(condition(mirrored(R"({"phase": "Running"})"), "PodScheduled"),
            json::parse(R"({"type": "PodScheduled", "status": "True", "observedGeneration": 1,
                            "lastTransitionTime": "1970-01-01T00:00:00Z"})"));
  const json ready = mirrored(
      R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "True", "observedGeneration": 7}]})");
  EXPECT_FALSE(condition(ready, "Ready").contains("observedGeneration"));  // of the twin, not of this pod
}

TEST(MirrorTest, AddressesOnlyWhereTheyMeanSomething) {
  MirrorInput from = input(R"({"phase": "Running", "hostIP": "10.9.9.9", "podIP": "10.0.0.1", "podIPs": [
    {"ip": "10.0.0.1"}, {"ip": "fd00::1"}, {"ip": "10.0.0.2"}, {"ip": "010.0.0.3"}, {"ip": "x"}]})");
  from.host_ip = "192.168.0.5";
  const json hidden = mirrored(from);
  // Null, not missing: it takes an address away that was published before.
  EXPECT_TRUE(hidden.at("podIP").is_null());
  EXPECT_TRUE(hidden.at("podIPs").is_null());
  EXPECT_EQ(hidden["hostIP"], "192.168.0.5");
  EXPECT_EQ(hidden["hostIPs"], json::parse(R"([{"ip": "192.168.0.5"}])"));
  from.publish_addresses = true;
  const json published = mirrored(from);
  EXPECT_EQ(published["podIP"], "10.0.0.1");
  EXPECT_EQ(published["podIPs"], json::parse(R"([{"ip": "10.0.0.1"}, {"ip": "fd00::1"}])"));
}

TEST(MirrorTest, WhatTheTwinNoLongerSaysGoes) {
  const json with = mirrored(R"({"phase": "Running", "reason": "Resizing", "message": "m",
    "resize": "InProgress", "allocatedResources": {"cpu": "1"}, "resources": {"limits": {"cpu": "1"}}})");
  EXPECT_EQ(with["reason"], "Resizing");
  const json without = mirrored(R"({"phase": "Running"})");
  for (const char* field : {"reason", "message", "resize", "allocatedResources", "resources"}) {
    EXPECT_FALSE(with.at(field).is_null()) << field;
    EXPECT_TRUE(without.at(field).is_null()) << field;
  }
}

TEST(MirrorTest, SeesWhatOthersHaveChangedAtHome) {
  const char* twin = R"({"phase": "Running", "conditions": [
    {"type": "Ready", "status": "True"}, {"type": "ContainersReady", "status": "True"},
    {"type": "PodScheduled", "status": "True"}]})";
  std::vector<HomeCondition> home = kHome;
  const json status = mirrored(twin);
  EXPECT_FALSE(still_shown(status, "Running", home)) << "Ready is False";
  home[1].status = "True";
  EXPECT_FALSE(still_shown(status, "Running", home)) << "ContainersReady is missing";
  home.push_back({"ContainersReady", "True", "", "", {}});
  EXPECT_TRUE(still_shown(status, "Running", home));
  EXPECT_FALSE(still_shown(status, "Pending", home));
  home[0].status = home[2].status = "False";
  EXPECT_TRUE(still_shown(status, "Running", home)) << "those are not the kubelet's";
  home.push_back({"PodResizePending", "True", "", "", {}});
  EXPECT_FALSE(still_shown(status, "Running", home)) << "the twin does not say so";
}

TEST(MirrorTest, TheContainersOfAFailedPodAsLastSeen) {
  const json last = last_container_statuses(R"({"phase": "Failed", "containerStatuses": [
    {"name": "main", "state": {"terminated": {"exitCode": 143}}}, {"name": "foreign", "state": {}}]})",
                                            "main,", "");
  ASSERT_EQ(last.at("containerStatuses").size(), 1U);
  EXPECT_EQ(last["containerStatuses"][0]["state"]["terminated"]["exitCode"], 143);
  EXPECT_FALSE(last.contains("phase"));
  for (const char* bad : {"", "{", "[1]", R"({"containerStatuses": [1]})"})
    EXPECT_EQ(last_container_statuses(bad, "main,", ""), json::object()) << bad;
}

TEST(MirrorTest, AProvidersTextsAreBounded) {
  json twin = json::parse(R"({"phase": "Failed", "containerStatuses": []})");
  twin["message"] = std::string(1 << 20, 'x');
  std::string names;
  for (int i = 0; i < 100; ++i) {
    const std::string name = "c" + std::to_string(i);
    names += name + ",";
    // Two bytes a letter: a cut in the middle of one would be no JSON.
    std::string text = "y";
    while (text.size() < 5000) text += "\xc3\xa4";
    const json terminated = {{"exitCode", 1}, {"message", text}};
    twin["containerStatuses"].push_back({{"name", name}, {"state", {{"terminated", terminated}}}});
  }
  const std::string text = twin.dump();
  MirrorInput from = input(text);
  from.containers = names;
  const json status = mirrored(from);
  EXPECT_EQ(status["message"].get<std::string>().size(), 4096U);
  EXPECT_EQ(status["containerStatuses"].size(), 100U);
  EXPECT_LT(status.dump().size(), 48U * 1024);
}

TEST(MirrorTest, AFailureInventsNothing) {
  const json status = failed_status(kReasonNotStarted, "no", kHome, base::Time{});
  EXPECT_EQ(status["phase"], "Failed");
  EXPECT_FALSE(status.contains("containerStatuses"));
  EXPECT_EQ(condition(status, "Ready")["status"], "False");
  EXPECT_TRUE(condition(status, "DisruptionTarget").is_null());
}

TEST(MirrorTest, ALostPodIsADisruptionThatAJobMayIgnore) {
  const json status = failed_status(kReasonLost, "vanished", kHome, base::Time{});
  EXPECT_EQ(condition(status, "DisruptionTarget")["reason"], "BurstTwinLost");
  const std::vector<HomeCondition> denied = {{"DisruptionTarget", "False", "", "", {}}};
  const json conditions = failed_status(kReasonLost, "vanished", denied, base::Time{})["conditions"];
  EXPECT_EQ(std::ranges::count(conditions, "DisruptionTarget", [](const json& c) { return c["type"]; }), 1);
  EXPECT_EQ(condition({{"conditions", conditions}}, "DisruptionTarget")["status"], "True");
  EXPECT_TRUE(
      condition(failed_status(kReasonDeleted, "deleted", kHome, base::Time{}), "DisruptionTarget").is_null())
      << "it was its owner who deleted it";
  const std::vector<HomeCondition> told = {{"DisruptionTarget", "True", "PreemptionByScheduler", "", {}}};
  EXPECT_EQ(
      condition(failed_status(kReasonLost, "vanished", told, base::Time{}), "DisruptionTarget")["reason"],
      "PreemptionByScheduler");
}

}  // namespace burst::mirror_test
