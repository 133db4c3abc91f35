#include "fault/fault_test_base.h"

#include <iostream>

#include "api/records.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kJobsOfWave = 3;
constexpr int kPodsOfWave = 50;
constexpr std::int64_t kHomeGpus = 8;

}  // namespace

void Faults::prepare(const std::string& purpose,
                     json (*claim)(const std::string& ns, const std::string& name)) {
  restore_world(sandbox_, neoburst_);
  neoburst_.ensure_standard_providers();
  require_within("the burst nodes of earlier tests to go", 60s, [&] {
    for (const std::string& node : burst_nodes(sandbox_)) {
      if (node.find("-neocloud-") == std::string::npos) return node + " is still there";
    }
    return std::string();
  });
  neoburst_.free_home();
  ns_ = make_namespace(sandbox_, purpose);
  must_create(sandbox_.home(), api::kClaims, claim(ns_, "faults"));
  recorder_ = std::make_unique<Recorder>(sandbox_);
}

void Faults::start_wave() {
  constexpr std::array<int, kJobsOfWave> kPods{17, 17, 16};
  for (int i = 0; i < kJobsOfWave; ++i) {
    const std::string name = "wave-" + std::to_string(waves_) + "-" + std::to_string(i);
    must_create(sandbox_.home(), kJobs,
                gpu_job(ns_, name, kPods[static_cast<std::size_t>(i)], 8, std::to_string(i + 1)));
  }
  ++waves_;
}

std::string Faults::unfinished() {
  for (const json& job : list_all(sandbox_.home(), kJobs, ns_)) {
    const int succeeded = job.value("/status/succeeded"_json_pointer, 0);
    if (succeeded == job["spec"].value("completions", 0)) continue;
    return name_of(job) + ": " + std::to_string(succeeded) + " succeeded, " + job["status"].dump();
  }
  return {};
}

void Faults::occupy_home() {
  filler_ns_ = make_namespace(sandbox_, "home-work");
  for (int i = 0; i < kHomeGpus; ++i) {
    must_create(sandbox_.home(), kube::kPods,
                gpu_pod(filler_ns_, "home-" + std::to_string(i), std::to_string(4 + 3 * i)));
  }
}

void Faults::check_promises() {
  const auto finished = wait_for("every Job to succeed", 180s, [&] { return unfinished(); });
  EXPECT_TRUE(finished);
  EXPECT_TRUE(wait_for("nothing to be left", 90s, [&] { return joined(leftovers(sandbox_)); }));
  EXPECT_TRUE(
      wait_for("the claim's spend", 30s, [&] { return joined(spend_differs(sandbox_, ns_, "faults")); }));
  const History history = recorder_->history();
  EXPECT_EQ(joined(all_succeeded(history, ns_, static_cast<std::size_t>(waves_ * kPodsOfWave))), "");
  EXPECT_GE(twins_that_ran(history), static_cast<std::size_t>(kPodsOfWave) / 4)
      << "too little burst to prove anything";
  EXPECT_EQ(joined(never_twice(history)), "");
  EXPECT_EQ(joined(home_never_overcommitted(history, kHomeGpus)), "");
  EXPECT_EQ(joined(phases_only_advance(history)), "");
  if (!HasFailure()) return;
  for (const json& pod : list_all(sandbox_.home(), kube::kPods, ns_)) {
    if (phase_of(pod) == "Succeeded") continue;
    const json burst = find_object(sandbox_.home(), api::kBursts, ns_, "burst-" + uid_of(pod));
    std::cerr << "  " << name_of(pod) << " " << phase_of(pod) << " on " << node_of(pod) << " "
              << condition_of(pod, "PodScheduled").dump() << "\n    " << burst.dump() << "\n";
  }
}

void Faults::TearDown() {
  if (!neoburst_.casualties().empty()) return;
  for (const std::string& ns : {ns_, filler_ns_}) {
    if (!ns.empty()) {
      EXPECT_EQ(clear_namespace(sandbox_, ns), "");
    }
  }
}

}  // namespace testing_support
