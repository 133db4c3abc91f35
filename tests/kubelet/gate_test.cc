// Law R1 stands on a fact of kubelets: a pod that mounts a ConfigMap which does not exist holds its devices
// and starts nothing. Here a real one is asked.

#include <iostream>
#include <optional>

#include "burst/names.h"
#include "real_kubelet.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class RealGate : public RealKubelet {
 protected:
  kube::Client& provider() { return sandbox_.admin(kRealCluster); }
  json at_provider(const std::string& name) { return find_object(provider(), kube::kPods, "default", name); }
  /// Until they are gone the kubelet holds their devices.
  void end_at_provider(const std::vector<std::string>& names) {
    for (const std::string& name : names) must_delete(provider(), kube::kPods, "default", name);
    for (const std::string& name : names) {
      require_alive_within(name + " to be gone", 60s, [&] {
        return at_provider(name).is_null() ? std::string() : phase_of(at_provider(name));
      });
    }
  }
  json bare_pod(const std::string& name, int gpus) const {
    json pod = workload_pod(name, {"pause"});
    pod["metadata"]["namespace"] = "default";
    pod["spec"]["automountServiceAccountToken"] = false;
    pod["spec"]["nodeSelector"] = {{"kubernetes.io/hostname", "neocloud-es-real-0"}};
    pod["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] = std::to_string(gpus);
    return pod;
  }
};

/// When the watches told of each step of the one twin there was.
struct GateTimes {
  std::optional<base::Time> placed, go, running;
};

bool has_role(const kube::ObjectMeta& meta, std::string_view role) {
  const std::string* value = kube::find_value(meta.labels, burst::kRoleLabel);
  return value != nullptr && *value == role;
}

GateTimes gate_times(const History& history) {
  GateTimes times;
  const auto first = [](std::optional<base::Time>& time, base::Time at) {
    if (!time) time = at;
  };
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster != kRealCluster || !has_role(seen.object->meta, "twin")) continue;
    if (!seen.object->node_name.empty()) first(times.placed, seen.at);
    if (seen.object->phase == kube::PodPhase::kRunning) first(times.running, seen.at);
  }
  for (const SeenConfigMap& seen : history.config_maps) {
    if (seen.cluster == kRealCluster && has_role(seen.object->meta, "go")) first(times.go, seen.at);
  }
  return times;
}

std::int64_t millis(base::Time::duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

TEST_F(RealGate, APodWithoutItsConfigMapHoldsItsGpusAndStartsNothing) {
  json gated = bare_pod("gated", 4);
  gated["spec"]["volumes"] = {{{"name", "go"}, {"configMap", {{"name", "go-" + ns_}}}}};
  // A volume that no container mounts holds nothing back.
  gated["spec"]["containers"][0]["volumeMounts"] = {{{"name", "go"}, {"mountPath", "/go"}}};
  must_create(provider(), kube::kPods, gated);
  // The kubelet has tried, and said why not.
  require_alive_within("the kubelet to miss the ConfigMap", 60s, [&] {
    const auto events = kubectl(sandbox_, {"get", "events", "--field-selector", "involvedObject.name=gated"},
                                {}, kRealCluster);
    return events.output.find("FailedMount") != std::string::npos ? std::string() : events.output;
  });
  must_create(provider(), kube::kPods, bare_pod("rival", 1));
  require_alive_within("the rival to find no GPU", 60s, [&] {
    const json scheduled = condition_of(at_provider("rival"), "PodScheduled");
    const bool told = scheduled.value("message", "").find("Insufficient nvidia.com/gpu") != std::string::npos;
    return told ? std::string() : scheduled.dump();
  });
  const json waiting = at_provider("gated");
  EXPECT_EQ(node_of(waiting), "neocloud-es-real-0");
  EXPECT_EQ(phase_of(waiting), "Pending");
  for (const json& status : waiting["status"].value("containerStatuses", json::array())) {
    EXPECT_TRUE(status["state"].contains("waiting")) << status;
    EXPECT_EQ(status.value("containerID", ""), "") << status;
  }
  must_create(provider(), kube::kConfigMaps,
              {{"apiVersion", "v1"},
               {"kind", "ConfigMap"},
               {"metadata", {{"namespace", "default"}, {"name", "go-" + ns_}}}});
  // A kubelet looks again after twice the time it waited before, at most two minutes.
  require_alive_within("the gated pod to run", 150s, [&] {
    const json now = at_provider("gated");
    return phase_of(now) == "Running" ? std::string() : now["status"].dump();
  });
  must_delete(provider(), kube::kConfigMaps, "default", "go-" + ns_);
  end_at_provider({"gated", "rival"});
}

TEST_F(RealGate, ABurstPodStartsSoonAfterItsGo) {
  run(workload_pod("one", {"pause"}));
  const GateTimes times = gate_times(recorder_->history());
  ASSERT_TRUE(times.placed && times.go && times.running);
  EXPECT_LT(*times.go, *times.running) << "the twin ran before its go";
  std::cout << "start gate: go " << millis(*times.go - *times.placed)
            << " ms after the twin got its node, running " << millis(*times.running - *times.go)
            << " ms after go\n";
}

}  // namespace
}  // namespace testing_support
