// Controllers and their users do with bursted pods what they do with others: deletion, eviction, replacement,
// retries.

#include <set>

#include "base/time_text.h"
#include "support/e2e.h"
#include "support/kubelet.h"

namespace testing_support::lifecycle_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr kube::Resource kBudgets{"policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", true};

class Lifecycle : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  void TearDown() override {
    const json uncordon = {{"spec", {{"unschedulable", nullptr}}}};
    EXPECT_TRUE(home().patch(kube::kNodes, {}, kEuNode, kube::PatchType::kMerge, uncordon.dump()));
    EndToEnd::TearDown();
  }
  json make_running(const std::string& name) {
    create_pod(gpu_pod(ns_, name, "infinity"));
    return wait_phase(name, "Running");
  }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
  void patch_twin(const json& twin, const json& patch, const char* subresource = "") {
    patch_as_kubelet(eu(), "neoburst", name_of(twin), patch, subresource);
  }
  void takes_long_to_stop(const json& twin) {
    patch_twin(twin, {{"metadata", {{"annotations", {{"sandbox.neoburst.io/stop-seconds", "300"}}}}}});
  }
  void wait_twin_deleting(const json& pod) {
    require_alive_within("the deletion to reach the twin", 30s, [&] {
      const auto twins = twins_of(pod, "neocloud-eu");
      const bool deleting = !twins.empty() && twins.front()["metadata"].contains("deletionTimestamp");
      return deleting ? std::string() : std::string("not yet");
    });
  }

  /// A workload of `replicas` pods labelled app=NAME that run for ever on one GPU each.
  json workload(const char* kind, const std::string& name, int replicas) {
    json spec = gpu_pod(ns_, "x", "infinity")["spec"];
    spec.erase("restartPolicy");
    const json labels = {{"app", name}};
    return {{"apiVersion", "apps/v1"},
            {"kind", kind},
            {"metadata", {{"namespace", ns_}, {"name", name}}},
            {"spec",
             {{"replicas", replicas},
              {"selector", {{"matchLabels", labels}}},
              {"template", {{"metadata", {{"labels", labels}}}, {"spec", spec}}}}}};
  }
  /// Pods of the workload that run and are not being deleted.
  std::vector<json> running(const std::string& app) {
    std::vector<json> out;
    for (json& pod : list_all(home(), kube::kPods, ns_, "app=" + app)) {
      if (phase_of(pod) == "Running" && !pod["metadata"].contains("deletionTimestamp")) out.push_back(pod);
    }
    return out;
  }
  std::vector<json> wait_running(const std::string& app, std::size_t count) {
    std::vector<json> found;
    require_alive_within(std::to_string(count) + " pods of " + app, 60s, [&] {
      found = running(app);
      return found.size() == count ? std::string() : std::to_string(found.size()) + " run";
    });
    return found;
  }
  json wait_job(const std::string& name, const std::string& condition) {
    json job;
    require_alive_within("job " + name + " to be " + condition, 90s, [&] {
      job = find_object(home(), kJobs, ns_, name);
      const bool is = job.is_object() && condition_of(job, condition).value("status", "") == "True";
      return is ? std::string() : job.dump();
    });
    return job;
  }
  std::vector<json> pods_of_job(const std::string& name) {
    return list_all(home(), kube::kPods, ns_, "batch.kubernetes.io/job-name=" + name);
  }
  json wait_pod_of_job(const std::string& name, const std::set<std::string>& other_than = {}) {
    json found;
    require_alive_within("a running pod of job " + name, 60s, [&] {
      for (json& pod : pods_of_job(name)) {
        if (phase_of(pod) == "Running" && !other_than.contains(uid_of(pod))) found = std::move(pod);
      }
      return found.is_null() ? std::string("none") : std::string();
    });
    return found;
  }
};

TEST_F(Lifecycle, ALaterShorterDeletionIsPassedOn) {
  const json created = make_running("one");
  takes_long_to_stop(wait_twin(created, "neocloud-eu"));
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 600});
  wait_twin_deleting(created);
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 1});
  wait_gone("one");
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "PodDeleted");
}

TEST_F(Lifecycle, ADeletionByForceShortensOneThatIsUnderWay) {
  const json created = make_running("one");
  takes_long_to_stop(wait_twin(created, "neocloud-eu"));
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 600});
  wait_twin_deleting(created);
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 0});
  wait_nothing_left();
}

TEST_F(Lifecycle, StatusGoesOnWhileThePodEndsAndTheLastOneIsTold) {
  json wanted = gpu_pod(ns_, "one", "infinity");
  wanted["metadata"]["finalizers"] = {"example.com/look"};
  create_pod(wanted);
  const json created = wait_phase("one", "Running");
  const json twin = wait_twin(created, "neocloud-eu");
  takes_long_to_stop(twin);
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 600});
  wait_twin_deleting(created);
  patch_twin(
      twin,
      {{"status", {{"conditions", {{{"type", "Ready"}, {"status", "False"}, {"reason", "Draining"}}}}}}},
      "status");
  require_alive_within("the condition of the ending pod", 30s, [&] {
    const json ready = condition_of(pod("one"), "Ready");
    return ready.value("reason", "") == "Draining" ? std::string() : ready.dump();
  });
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 1});
  const json last = wait_phase("one", "Failed");
  EXPECT_EQ(last["status"].value("/containerStatuses/0/state/terminated/exitCode"_json_pointer, 0), 143)
      << last["status"];
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "PodDeleted");
  const json release = {{"metadata", {{"finalizers", nullptr}}}};
  ASSERT_TRUE(home().patch(kube::kPods, ns_, "one", kube::PatchType::kMerge, release.dump()));
  wait_gone("one");
}

TEST_F(Lifecycle, EvictionsKeepToTheDisruptionBudget) {
  must_create(home(), kDeployments, workload("Deployment", "web", 2));
  const auto pods = wait_running("web", 2);
  const json budget = {{"apiVersion", "policy/v1"},
                       {"kind", "PodDisruptionBudget"},
                       {"metadata", {{"namespace", ns_}, {"name", "web"}}},
                       {"spec", {{"minAvailable", 2}, {"selector", {{"matchLabels", {{"app", "web"}}}}}}}};
  must_create(home(), kBudgets, budget);
  require_alive_within("both pods to be counted", 30s, [&] {
    const json status = find_object(home(), kBudgets, ns_, "web").value("status", json::object());
    return status.value("currentHealthy", 0) == 2 ? std::string() : status.dump();
  });
  const json eviction = {{"apiVersion", "policy/v1"},
                         {"kind", "Eviction"},
                         {"metadata", {{"namespace", ns_}, {"name", name_of(pods[0])}}}};
  const auto evict = [&] {
    return home().send({.method = "POST",
                        .target = kube::kPods.path(ns_, name_of(pods[0]), "eviction"),
                        .headers = {{"Content-Type", "application/json"}},
                        .body = eviction.dump()});
  };
  const auto refused = evict();
  ASSERT_FALSE(refused) << "two must stay";
  EXPECT_TRUE(refused.error().is(base::Code::kThrottled)) << refused.error().text();

  const json relaxed = {{"spec", {{"minAvailable", 1}}}};
  ASSERT_TRUE(home().patch(kBudgets, ns_, "web", kube::PatchType::kMerge, relaxed.dump()));
  require_alive_within("the eviction to be allowed", 30s, [&] {
    const auto reply = evict();
    return reply ? std::string() : reply.error().text();
  });
  wait_gone(name_of(pods[0]));
  wait_running("web", 2);
}

TEST_F(Lifecycle, ABurstNodeIsDrained) {
  must_create(home(), kDeployments, workload("Deployment", "web", 1));
  wait_running("web", 1);
  const json alone = make_running("alone");
  const auto drained =
      kubectl(sandbox_, {"drain", kEuNode, "--force", "--ignore-daemonsets", "--timeout=60s"});
  EXPECT_EQ(drained.exit_code, 0) << drained.output << drained.errors;
  EXPECT_TRUE(pod("alone").is_null());
  EXPECT_EQ(wait_ended(alone)["status"].value("endReason", ""), "PodDeleted");
  require_alive_within("the replacement to wait: its node is cordoned", 30s, [&] {
    const auto pods = list_all(home(), kube::kPods, ns_, "app=web");
    const bool waits = pods.size() == 1 && phase_of(pods[0]) == "Pending" && node_of(pods[0]).empty();
    return waits ? std::string() : json(pods).dump();
  });
  const auto uncordoned = kubectl(sandbox_, {"uncordon", kEuNode});
  EXPECT_EQ(uncordoned.exit_code, 0) << uncordoned.errors;
  wait_running("web", 1);
}

TEST_F(Lifecycle, AStatefulSetsPodIsReplacedUnderItsName) {
  must_create(home(), kStatefulSets, workload("StatefulSet", "db", 1));
  const json first = wait_running("db", 1)[0];
  EXPECT_EQ(name_of(first), "db-0");
  must_delete(home(), kube::kPods, ns_, "db-0");
  json second;
  require_alive_within("the next db-0", 60s, [&] {
    const auto pods = running("db");
    if (pods.size() != 1 || uid_of(pods[0]) == uid_of(first)) return std::string("not yet");
    second = pods[0];
    return std::string();
  });
  EXPECT_EQ(name_of(second), "db-0");
  EXPECT_EQ(wait_ended(first)["status"].value("endReason", ""), "PodDeleted");
  EXPECT_TRUE(twins_of(first, "neocloud-eu").empty());
  EXPECT_EQ(twins_of(second, "neocloud-eu").size(), 1u);
}

TEST_F(Lifecycle, ADeploymentIsRolledOut) {
  must_create(home(), kDeployments, workload("Deployment", "web", 2));
  std::set<std::string> before;
  for (const json& pod : wait_running("web", 2)) before.insert(uid_of(pod));
  const auto restarted = kubectl(sandbox_, {"rollout", "restart", "deployment/web", "--namespace", ns_});
  ASSERT_EQ(restarted.exit_code, 0) << restarted.errors;
  const auto rolled =
      kubectl(sandbox_, {"rollout", "status", "deployment/web", "--namespace", ns_, "--timeout=90s"});
  EXPECT_EQ(rolled.exit_code, 0) << rolled.output << rolled.errors;
  for (const json& pod : wait_running("web", 2)) EXPECT_FALSE(before.contains(uid_of(pod)));
}

TEST_F(Lifecycle, AJobRetriesWhatFailsAndCompletes) {
  json job = gpu_job(ns_, "train", 1, 1, "6");
  job["spec"]["backoffLimit"] = 1;
  must_create(home(), kJobs, job);
  const json first = wait_pod_of_job("train");
  patch_twin(wait_twin(first, "neocloud-eu"),
             {{"metadata", {{"annotations", {{"sandbox.neoburst.io/exit-code", "3"}}}}}});
  const json done = wait_job("train", "Complete");
  EXPECT_EQ(done["status"].value("failed", 0), 1) << done["status"];
  EXPECT_EQ(done["status"].value("succeeded", 0), 1);
}

TEST_F(Lifecycle, ADisruptionAtTheProviderCountsAsOneForTheJob) {
  json job = gpu_job(ns_, "train", 1, 1, "6");
  job["spec"]["podFailurePolicy"] = {
      {"rules", {{{"action", "Ignore"}, {"onPodConditions", {{{"type", "DisruptionTarget"}}}}}}}};
  must_create(home(), kJobs, job);
  const json first = wait_pod_of_job("train");
  const json twin = wait_twin(first, "neocloud-eu");
  // What the provider's scheduler does to a pod that it preempts.
  patch_twin(twin,
             {{"status",
               {{"conditions",
                 {{{"type", "DisruptionTarget"},
                   {"status", "True"},
                   {"lastTransitionTime", base::format_time(base::system_clock().now())},
                   {"reason", "PreemptionByScheduler"},
                   {"message", "preempting to accommodate a higher priority pod"}}}}}}},
             "status");
  must_delete(eu(), kube::kPods, "neoburst", name_of(twin));
  const json done = wait_job("train", "Complete");
  EXPECT_EQ(done["status"].value("failed", 0), 0) << done["status"];
  EXPECT_EQ(wait_ended(first)["status"].value("endReason", ""), "Failed");
}

TEST_F(Lifecycle, APodWhoseEndNobodySawFailsBeforeItGoes) {
  json job = gpu_job(ns_, "train", 1, 1, "infinity");
  job["spec"]["backoffLimit"] = 3;
  job["spec"]["podReplacementPolicy"] = "Failed";  // waits for a terminal phase, not for the deletion
  must_create(home(), kJobs, job);
  const json first = wait_pod_of_job("train");
  const json twin = wait_twin(first, "neocloud-eu");
  takes_long_to_stop(twin);
  must_delete(home(), kube::kPods, ns_, name_of(first), {.grace_seconds = 600});
  wait_twin_deleting(first);
  must_delete(eu(), kube::kPods, "neoburst", name_of(twin), {.grace_seconds = 0});
  wait_pod_of_job("train", {uid_of(first)});
  EXPECT_EQ(wait_ended(first)["status"].value("endReason", ""), "PodDeleted");
  EXPECT_EQ(find_object(home(), kJobs, ns_, "train")["status"].value("failed", 0), 1);
}

TEST_F(Lifecycle, ACronJobsPodsBurst) {
  const json job = gpu_job(ns_, "x", 1, 1, "1");
  must_create(home(), kCronJobs,
              {{"apiVersion", "batch/v1"},
               {"kind", "CronJob"},
               {"metadata", {{"namespace", ns_}, {"name", "nightly"}}},
               {"spec", {{"schedule", "* * * * *"}, {"jobTemplate", {{"spec", job["spec"]}}}}}});
  require_alive_within("a job of it to complete", 120s, [&] {
    for (const json& each : list_all(home(), kJobs, ns_)) {
      if (each.value("/status/succeeded"_json_pointer, 0) == 1) return std::string();
    }
    return std::string("none");
  });
  must_delete(home(), kCronJobs, ns_, "nightly", {.propagation = "Background"});
}

}  // namespace testing_support::lifecycle_test
