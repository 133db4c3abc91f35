#include <gtest/gtest.h>

#include "operator/claims/toleration.h"
#include "operator/options.h"
#include "operator/providers/heartbeat.h"
#include "operator/providers/provider_status.h"
#include "operator/remote/remote_cluster.h"

namespace op::provider_test {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);

TEST(HeartbeatWatch, OursOrNobodysIsOurs) {
  HeartbeatWatch watch;
  EXPECT_EQ(watch.judge(std::nullopt, "me", kNow, {}), HeartbeatVerdict::kOurs);
  EXPECT_EQ(watch.judge(HeartbeatSeen{"me", "2026-11-23T11:59:59Z"}, "me", kNow, {}),
            HeartbeatVerdict::kOurs);
}

TEST(HeartbeatWatch, ALongDeadStrangerIsReplacedAtOnce) {
  HeartbeatWatch watch;
  EXPECT_EQ(watch.judge(HeartbeatSeen{"other", "2026-11-23T11:50:00Z"}, "me", kNow, {}),
            HeartbeatVerdict::kOurs);
}

TEST(HeartbeatWatch, AStrangerThatStopsIsReplacedAfterAWhile) {
  HeartbeatWatch watch;
  const HeartbeatSeen seen{"other", "2026-11-23T11:59:30Z"};
  const base::SteadyTime start{};
  EXPECT_EQ(watch.judge(seen, "me", kNow, start), HeartbeatVerdict::kWaiting);
  EXPECT_EQ(watch.judge(seen, "me", kNow, start + seconds(120)), HeartbeatVerdict::kWaiting);
  EXPECT_EQ(watch.judge(seen, "me", kNow, start + seconds(151)), HeartbeatVerdict::kOurs);
}

TEST(HeartbeatWatch, AStrangerThatMovesIsAConflictUntilItIsQuietForFiveMinutes) {
  HeartbeatWatch watch;
  const base::SteadyTime start{};
  EXPECT_EQ(watch.judge(HeartbeatSeen{"other", "2026-11-23T11:59:30Z"}, "me", kNow, start),
            HeartbeatVerdict::kWaiting);
  const HeartbeatSeen moved{"other", "2026-11-23T12:00:30Z"};
  EXPECT_EQ(watch.judge(moved, "me", kNow, start + seconds(60)), HeartbeatVerdict::kForeign);
  EXPECT_EQ(watch.judge(moved, "me", kNow, start + minutes(4)), HeartbeatVerdict::kForeign);
  EXPECT_EQ(watch.judge(moved, "me", kNow, start + minutes(7)), HeartbeatVerdict::kOurs);
}

TEST(Twin, KeepsTheWholeStatus) {
  const std::string text =
      R"({"metadata":{"name":"t","namespace":"n","uid":"u","labels":{"neoburst.io/installation":"i"}},)"
      R"("spec":{"nodeName":"gpu-1","containers":[{"name":"c"}]},)"
      R"("status" : {"phase":"Running","containerStatuses":[{"name":"c","odd":"\u00e9}"}]} ,"x":1})";
  const auto twin = kube::decode_text<RemotePod>(text, decode_remote_pod);
  ASSERT_TRUE(twin) << twin.error().text();
  EXPECT_EQ(twin->node_name, "gpu-1");
  EXPECT_EQ(twin->meta.uid, "u");
  EXPECT_EQ(twin->status_json, R"({"phase":"Running","containerStatuses":[{"name":"c","odd":"\u00e9}"}]})");
  const auto bare = kube::decode_text<RemotePod>(
      R"({"metadata":{"name":"t","labels":{"neoburst.io/installation":"i"}},"spec":{}})", decode_remote_pod);
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->status_json, "{}");
  const auto foreign = kube::decode_text<RemotePod>(
      R"({"metadata":{"name":"t"},"spec":{"nodeName":"gpu-1"},"status":{"phase":"Running"}})",
      decode_remote_pod);
  ASSERT_TRUE(foreign);
  EXPECT_EQ(foreign->phase, kube::PodPhase::kRunning);
  EXPECT_EQ(foreign->status_json, "") << "what is not mirrored is not kept";
}

api::Condition find(const std::vector<api::Condition>& conditions, const std::string& type) {
  for (const auto& condition : conditions) {
    if (condition.type == type) return condition;
  }
  return {};
}

struct ProviderScene {
  api::ProviderRecord provider;
  ProbeResult probe;
  ProviderScene() {
    provider.namespaces.given = "neoburst";
    probe.version = "v1.35.0";
    probe.permissions = Permissions{{}, true, true};
  }
  api::Condition condition(const std::string& type) const {
    return find(provider_conditions(provider, probe, {}, kNow), type);
  }
};

TEST(ProviderStatus, Ready) {
  const ProviderScene s;
  for (const auto* type : {"Reachable", "Authorised", "Ready"})
    EXPECT_EQ(s.condition(type).status, "True") << type;
}

TEST(ProviderStatus, EachTroubleHasItsReasonAndItsMend) {
  struct Case {
    std::string ready_reason;
    std::string mend;
    void (*spoil)(ProviderScene&);
  };
  const std::vector<Case> cases{
      {"SecretNotFound", "create it",
       [](ProviderScene& s) {
         s.probe.credentials = {"SecretNotFound", "create it"};
         s.probe.permissions.reset();
       }},
      {"Unreachable", "no answer",
       [](ProviderScene& s) {
         s.probe.unreachable = {"Unreachable", "no answer"};
         s.probe.permissions.reset();
       }},
      {"CredentialsRejected", "expired",
       [](ProviderScene& s) {
         s.probe.rejected = {"CredentialsRejected", "expired"};
         s.probe.permissions.reset();
       }},
      {"PermissionsMissing", "may not create pods in namespace neoburst: apply docs/provider-access.yaml",
       [](ProviderScene& s) { s.probe.permissions->missing = {"create pods in namespace neoburst"}; }},
      {"InstallationConflict", "another cluster",
       [](ProviderScene& s) { s.probe.heartbeat = HeartbeatVerdict::kForeign; }},
      {"CapacityUnknown", "spec.capacity", [](ProviderScene& s) { s.probe.permissions->read_nodes = false; }},
      {"Paused", "nothing new", [](ProviderScene& s) { s.provider.paused = true; }},
      {"Invalid", "spec.regions", [](ProviderScene& s) { s.provider.problem = "spec.regions[0]: bad"; }},
      {"WindingDown", "waiting",
       [](ProviderScene& s) {
         s.probe.removal = {"WindingDown", "waiting"};
       }},
  };
  for (const auto& c : cases) {
    ProviderScene s;
    c.spoil(s);
    EXPECT_EQ(s.condition("Ready").status, "False") << c.ready_reason;
    EXPECT_EQ(s.condition("Ready").reason, c.ready_reason);
    EXPECT_NE(s.condition("Ready").message.find(c.mend), std::string::npos) << s.condition("Ready").message;
  }
}

TEST(ProviderStatus, PublishedOffersTellTheCapacityToo) {
  ProviderScene s;
  s.probe.permissions->read_nodes = false;
  s.probe.published_offers = 1;
  EXPECT_EQ(s.condition("Ready").status, "True");
}

TEST(ProviderStatus, JitterIsNoReasonToWrite) {
  ProviderScene s;
  s.probe.round_trip = milliseconds(3);
  const auto first = provider_status(s.provider, s.probe, kNow);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->at("roundTripMilliseconds"), 5);
  s.provider.status_text = first->dump();
  s.provider.conditions = provider_conditions(s.provider, s.probe, {}, kNow);
  s.probe.round_trip = milliseconds(90);
  EXPECT_FALSE(provider_status(s.provider, s.probe, kNow + minutes(5)));
  s.probe.gpus_total = 8;
  EXPECT_TRUE(provider_status(s.provider, s.probe, kNow + minutes(5)));
}

kube::PodRecord pending_gpu_pod() {
  kube::PodRecord pod;
  pod.meta.uid = "u";
  pod.extended_resources = {{"nvidia.com/gpu", 1}};
  return pod;
}

TEST(Toleration, OnlyPodsThatCouldUseIt) {
  EXPECT_TRUE(lacks_burst_toleration(pending_gpu_pod()));
  const std::vector<void (*)(kube::PodRecord&)> not_ours{
      [](kube::PodRecord& p) { p.node_name = "n"; },
      [](kube::PodRecord& p) { p.gated = true; },
      [](kube::PodRecord& p) { p.meta.deleting_since = kNow; },
      [](kube::PodRecord& p) { p.extended_resources.clear(); },
      [](kube::PodRecord& p) { p.phase = kube::PodPhase::kFailed; },
      [](kube::PodRecord& p) {
        p.meta.owners = {{"DaemonSet", "d", "u", true}};
      },
      [](kube::PodRecord& p) {
        p.tolerations = {{"neoburst.io/burst", "Exists", "", "NoSchedule"}};
      },
      [](kube::PodRecord& p) {
        p.tolerations = {{"", "Exists", "", ""}};
      },
  };
  for (const auto& change : not_ours) {
    auto pod = pending_gpu_pod();
    change(pod);
    EXPECT_FALSE(lacks_burst_toleration(pod)) << &change - not_ours.data();
  }
  auto pod = pending_gpu_pod();
  pod.tolerations = {{"neoburst.io/burst", "Exists", "", "NoExecute"}};
  EXPECT_TRUE(lacks_burst_toleration(pod));
}

TEST(Toleration, IsAppendedToExactlyThisPod) {
  auto pod = pending_gpu_pod();
  auto patch = nlohmann::json::parse(toleration_patch(pod));
  EXPECT_EQ(patch[0], nlohmann::json::parse(R"({"op":"test","path":"/metadata/uid","value":"u"})"));
  EXPECT_EQ(patch[1]["path"], "/spec/tolerations");
  pod.tolerations = {{"a", "Exists", "", ""}};
  patch = nlohmann::json::parse(toleration_patch(pod));
  EXPECT_EQ(patch[1]["path"], "/spec/tolerations/-");
  EXPECT_EQ(patch[1]["value"]["key"], "neoburst.io/burst");
}

TEST(Options, ListenAddresses) {
  const auto read = [](const char* listen) {
    const char* const argv[] = {"neoburst-operator", "--metrics-listen", listen};
    return parse_options(3, argv);
  };
  EXPECT_EQ(read("[::1]:0").options.metrics.address, "::1");
  EXPECT_EQ(read(":9091").options.metrics.address, "0.0.0.0");
  EXPECT_EQ(read(":9091").options.metrics.port, 9091);
  for (const auto* bad : {"9090", "a:b", "a:70000", "a:", "::1:80"}) EXPECT_FALSE(read(bad).run) << bad;
}

TEST(Options, ReadsTheCommandLine) {
  const char* const argv[] = {
      "neoburst-operator", "--leader-elect=false", "--burst-retention", "2h", "--log-level", "debug"};
  const auto parsed = parse_options(6, argv);
  ASSERT_TRUE(parsed.run);
  EXPECT_FALSE(parsed.options.leader_elect);
  EXPECT_EQ(parsed.options.burst_retention, std::chrono::hours(2));
  EXPECT_EQ(parsed.options.log.level, base::LogLevel::kDebug);
}

}  // namespace op::provider_test
