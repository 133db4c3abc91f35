// Law R1 stands on a fact of kubelets: a pod that mounts a ConfigMap which does not exist holds its devices
// and starts nothing. These tests ask a real kubelet, and measure what the wait costs.

#include <signal.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <optional>

#include "burst/names.h"
#include "real_kubelet.h"

namespace testing_support::gate_test {

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

/// Holds a process up (SIGSTOP), once, until this goes away.
class Held {
 public:
  explicit Held(pid_t pid) : pid_(pid) {}
  ~Held() { release(); }
  void release() {
    held_ = true;
    ::kill(pid_, SIGCONT);
  }
  void hold() {
    if (!held_.exchange(true)) ::kill(pid_, SIGSTOP);
  }

 private:
  const pid_t pid_;
  std::atomic<bool> held_ = false;
};

/// When the watches reported each step of one pod at the provider.
struct Steps {
  std::optional<base::Time> placed, go, running;
};

Steps steps_of(const History& history, const std::string& twin) {
  Steps steps;
  const auto first = [](std::optional<base::Time>& time, base::Time at) {
    if (!time) time = at;
  };
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster != kRealCluster || seen.object->meta.name != twin) continue;
    if (!seen.object->node_name.empty()) first(steps.placed, seen.at);
    if (seen.object->phase == kube::PodPhase::kRunning) first(steps.running, seen.at);
  }
  for (const SeenConfigMap& seen : history.config_maps) {
    if (seen.cluster == kRealCluster && seen.object->meta.name == burst::go_name(twin))
      first(steps.go, seen.at);
  }
  return steps;
}

std::int64_t millis(base::Time::duration span) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
}

std::int64_t median(std::vector<std::int64_t> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

TEST_F(RealGate, APodWithoutItsConfigMapHoldsItsGpusAndStartsNothing) {
  json gated = bare_pod("gated", 4);
  gated["spec"]["volumes"] = {{{"name", "go"}, {"configMap", {{"name", "go-" + ns_}}}}};
  // A volume that no container mounts holds nothing back.
  gated["spec"]["containers"][0]["volumeMounts"] = {{{"name", "go"}, {"mountPath", "/go"}}};
  must_create(provider(), kube::kPods, gated);
  // The kubelet has tried, and reported why it could not.
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

TEST_F(RealGate, ATwinWithoutItsGoHoldsItsGpusUntilAnOperatorComesBack) {
  json wanted = workload_pod("one", {"pause"});
  wanted["spec"]["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] = "4";
  json created, twin;
  for (int tries = 0; twin.is_null(); ++tries) {
    ASSERT_LT(tries, 5) << "the operator was quicker than its end each time";
    // The operator is held up as soon as it has reserved, so that the pod is bound without it.
    Held held(neoburst_.operator_process().pid());
    const Recorder watch(sandbox_, [&](const SeenPod& seen) {
      const bool ours = seen.cluster == "home" && seen.object->meta.ns == ns_;
      if (ours && kube::find_value(seen.object->meta.annotations, burst::kReservedAnnotation) != nullptr)
        held.hold();
    });
    created = create_pod(wanted);
    require_alive_within("the pod to be bound", 60s, [&] {
      return node_of(pod("one")) == kRealBurstNode ? std::string() : pod("one")["status"].dump();
    });
    const json placed = twins_of(created, kRealCluster).at(0);
    if (find_object(provider(), kube::kConfigMaps, "neoburst", burst::go_name(name_of(placed))).is_null()) {
      neoburst_.kill_operator();
      twin = placed;
    } else {
      held.release();
      must_delete(sandbox_.home(), kube::kPods, ns_, "one");
      require_alive_within("the pod that was too quick to go", 90s, [&] {
        const json left = find_object(sandbox_.home(), kube::kPods, ns_, "one");
        return left.is_null() ? std::string() : phase_of(left);
      });
    }
  }

  require_within("the kubelet to miss the ConfigMap", 60s, [&] {
    const auto events = kubectl(sandbox_,
                                {"get", "events", "--namespace", "neoburst", "--field-selector",
                                 "involvedObject.name=" + name_of(twin)},
                                {}, kRealCluster);
    return events.output.find("FailedMount") != std::string::npos ? std::string() : events.output;
  });
  must_create(provider(), kube::kPods, bare_pod("rival", 1));
  require_within("the rival to find no GPU", 60s, [&] {
    const json scheduled = condition_of(at_provider("rival"), "PodScheduled");
    const bool told = scheduled.value("message", "").find("Insufficient nvidia.com/gpu") != std::string::npos;
    return told ? std::string() : scheduled.dump();
  });
  const json waiting = find_object(provider(), kube::kPods, "neoburst", name_of(twin));
  EXPECT_EQ(node_of(waiting), "neocloud-es-real-0");
  EXPECT_EQ(phase_of(waiting), "Pending");
  EXPECT_EQ(waiting["status"].dump().find("containerd://"), std::string::npos) << waiting["status"];
  EXPECT_NE(phase_of(pod("one")), "Running");

  neoburst_.start_operator();
  require_alive_within("the pod to run", 150s, [&] {
    const json now = pod("one");
    return phase_of(now) == "Running" ? std::string() : now["status"].dump();
  });
  const auto twins = twins_of(created, kRealCluster);
  ASSERT_EQ(twins.size(), 1u);
  EXPECT_EQ(uid_of(twins[0]), uid_of(twin)) << "the same twin, not another one";
  end_at_provider({"rival"});
}

TEST_F(RealGate, WhatItAddsToAStartIsMeasured) {
  constexpr int kRounds = 5;
  std::vector<std::int64_t> without, held, after_go;
  std::printf("start gate, in ms: without a gate | placed to go, go to running\n");
  for (int round = 0; round < kRounds; ++round) {
    const std::string name = "bare-" + std::to_string(round);
    must_create(provider(), kube::kPods, bare_pod(name, 1));
    require_alive_within(name + " to run", 60s, [&] {
      return phase_of(at_provider(name)) == "Running" ? std::string() : at_provider(name)["status"].dump();
    });
    const json bursted = run(workload_pod("one-" + std::to_string(round), {"pause"}));
    const json twin = twins_of(bursted, kRealCluster).at(0);
    const History history = recorder_->history();
    const Steps bare = steps_of(history, name);
    const Steps gated = steps_of(history, name_of(twin));
    ASSERT_TRUE(bare.placed && bare.running && gated.placed && gated.go && gated.running);
    EXPECT_LT(*gated.placed, *gated.go) << "a twin that is not placed has no go";
    EXPECT_LT(*gated.go, *gated.running) << "the twin ran before its go";
    without.push_back(millis(*bare.running - *bare.placed));
    held.push_back(millis(*gated.go - *gated.placed));
    after_go.push_back(millis(*gated.running - *gated.go));
    std::printf("  %6lld | %6lld %6lld\n", static_cast<long long>(without.back()),
                static_cast<long long>(held.back()), static_cast<long long>(after_go.back()));
    must_delete(home(), kube::kPods, ns_, name_of(bursted));
    end_at_provider({name});
    wait_gone(name_of(bursted));
  }
  std::printf("  %6lld | %6lld %6lld (median)\n", static_cast<long long>(median(without)),
              static_cast<long long>(median(held)), static_cast<long long>(median(after_go)));
}

}  // namespace testing_support::gate_test
