#include "burst/mirror.h"

#include <gtest/gtest.h>

namespace burst {
namespace {

using nlohmann::json;

const std::vector<HomeCondition> kHome = {{"PodScheduled", "True", "", "", base::Time{}},
                                          {"Ready", "False", "", "", {}},
                                          {"example.com/gate", "True", "Set", "by others", {}}};

json mirrored(const char* twin, const char* containers = "main,") {
  auto status = mirrored_status(twin, containers, "LifetimeEnded", kHome);
  EXPECT_TRUE(status) << (status ? "" : status.error().message);
  return status && *status ? **status : json();
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
  EXPECT_FALSE(status.contains("podIP"));
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
  for (const char* bad : {"{", "[1]", R"({"phase": 3})", R"({"conditions": "x", "phase": "Running"})",
                          R"({"phase": "Running", "containerStatuses": [1]})"}) {
    EXPECT_FALSE(mirrored_status(bad, "main,", "", kHome)) << bad;
  }
}

TEST(MirrorTest, AFailureInventsNothing) {
  const json status = failed_status("BurstTwinLost", "vanished", kHome, base::Time{});
  EXPECT_EQ(status["phase"], "Failed");
  EXPECT_FALSE(status.contains("containerStatuses"));
  for (const json& c : status["conditions"]) {
    if (c["type"] == "Ready") {
      EXPECT_EQ(c["status"], "False");
    }
  }
}

}  // namespace
}  // namespace burst
