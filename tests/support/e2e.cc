#include "support/e2e.h"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <stdexcept>

#include "burst/names.h"

namespace testing_support {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr std::int64_t kHomeGpus = 8;

std::string purpose_of_test() {
  const auto* info = testing::UnitTest::GetInstance()->current_test_info();
  std::string text;
  for (const char c : std::string(info->name())) {
    if (text.size() == 30) break;
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) text += static_cast<char>(std::tolower(byte));
  }
  return text;
}

}  // namespace

void EndToEnd::SetUp() {
  if (const auto dead = neoburst_.casualties(); !dead.empty()) {
    ADD_FAILURE() << dead;
    neoburst_.kill_operator();
    neoburst_.kill_extender();
    neoburst_.start_extender();
    neoburst_.start_operator();
  }
  neoburst_.ensure_standard_providers();
  neoburst_.fill_home();
  ns_ = make_namespace(sandbox_, purpose_of_test());
  recorder_ = std::make_unique<Recorder>(sandbox_);
}

void EndToEnd::TearDown() {
  if (ns_.empty()) return;
  if (HasFailure()) {
    for (const json& burst : list_all(home(), api::kBursts, ns_)) {
      std::cerr << "  PodBurst " << burst["spec"].dump() << " "
                << burst.value("status", json::object()).dump() << "\n";
    }
    std::cerr << "  the operator's last words:\n" << tail_of(neoburst_.operator_process().log(), 12);
  }
  EXPECT_EQ(clear_namespace(sandbox_, ns_), "");
  restore_world(sandbox_, neoburst_);
  if (!recorder_) return;
  const History history = recorder_->history();
  EXPECT_EQ(joined(never_twice(history)), "");
  EXPECT_EQ(joined(home_never_overcommitted(history, kHomeGpus)), "");
  EXPECT_EQ(joined(phases_only_advance(history)), "");
  EXPECT_EQ(neoburst_.casualties(), "");
}

json EndToEnd::burst_of(const json& pod) {
  return find_object(home(), api::kBursts, ns_, burst::burst_name(uid_of(pod)));
}

std::vector<json> EndToEnd::twins_of(const json& pod, const std::string& provider) {
  const std::string selector =
      std::string(burst::kRoleLabel) + "=twin," + std::string(burst::kPodUidLabel) + "=" + uid_of(pod);
  return list_all(sandbox_.admin(provider), kube::kPods, "neoburst", selector);
}

void EndToEnd::create_claim(const json& claim, const std::vector<std::string>& nodes) {
  must_create(home(), api::kClaims, claim);
  wait_nodes(nodes);
}

void EndToEnd::wait_nodes(const std::vector<std::string>& nodes) {
  require_alive_within("the burst nodes", 30s, [&] {
    for (const std::string& node : nodes) {
      const json found = find_object(home(), kube::kNodes, {}, node);
      if (found.is_null()) return node + " is not there";
      const bool ready = condition_of(found, "Ready").value("status", "") == "True";
      const json taints = found["spec"].value("taints", json::array());
      // Its own taint is for good; the others (not-ready) are the node lifecycle controller's and pass.
      if (!ready || taints.size() != 1)
        return node + ": " + taints.dump() + condition_of(found, "Ready").dump();
    }
    return std::string();
  });
}

json EndToEnd::wait_phase(const std::string& name, const std::string& phase) {
  json found;
  require_alive_within("pod " + name + " to be " + phase, 40s, [&] {
    found = pod(name);
    if (phase_of(found) == phase) return std::string();
    if (found.is_null()) return std::string("it does not exist");
    return "it is " + phase_of(found) + " on \"" + node_of(found) +
           "\": " + condition_of(found, "PodScheduled").dump();
  });
  return found;
}

void EndToEnd::wait_gone(const std::string& name) {
  require_alive_within("pod " + name + " to be gone", 40s, [&] {
    const json found = pod(name);
    return found.is_null() ? std::string() : "it is " + phase_of(found) + " on " + node_of(found);
  });
}

json EndToEnd::wait_twin(const json& pod, const std::string& provider) {
  json twin;
  require_alive_within("the twin of " + name_of(pod) + " at " + provider, 30s, [&] {
    const auto twins = twins_of(pod, provider);
    if (twins.empty()) return "none; " + burst_of(pod).dump();
    twin = twins.front();
    return std::string();
  });
  return twin;
}

void EndToEnd::wait_told(const std::string& name, const std::string& text) {
  require_alive_within("pod " + name + " to tell \"" + text + "\"", 40s, [&] {
    const json found = pod(name);
    const std::string scheduled = condition_of(found, "PodScheduled").value("message", "");
    const json burst = burst_of(found);
    const std::string message =
        burst.is_object() && burst.contains("status") ? burst["status"].value("message", "") : "";
    const bool told = scheduled.find(text) != std::string::npos || message.find(text) != std::string::npos;
    return told ? std::string() : "it says: " + scheduled + " / " + message;
  });
}

json EndToEnd::wait_verdict(const std::string& name, const std::string& offer, bool fits) {
  json verdict;
  require_alive_within("verdict of claim " + name + " on " + offer, 30s, [&] {
    const json found = claim(name);
    const json status = found.is_object() ? found.value("status", json::object()) : json::object();
    for (const json& each : status.value("offers", json::array())) {
      if (each.value("name", "") == offer) verdict = each;
    }
    return verdict.is_object() && verdict.value("fits", !fits) == fits ? std::string()
                                                                       : "status is " + status.dump();
  });
  return verdict;
}

json EndToEnd::wait_ended(const json& pod) {
  json burst;
  require_alive_within("the burst of " + name_of(pod) + " to end", 30s, [&] {
    burst = burst_of(pod);
    const bool ended = burst.is_object() && burst.contains("status") && burst["status"].contains("endedTime");
    return ended ? std::string() : "it is " + burst.dump();
  });
  return burst;
}

void EndToEnd::wait_nothing_left() {
  require_alive_within("nothing to be left at the providers", 30s,
                       [&] { return joined(leftovers(sandbox_)); });
}

void EndToEnd::require_alive_within(const std::string& what, std::chrono::seconds deadline,
                                    const std::function<std::string()>& missing) {
  std::string dead;
  require_within(what, deadline, [&] {
    dead = neoburst_.casualties();
    return dead.empty() ? missing() : std::string();
  });
  if (!dead.empty()) throw std::runtime_error(what + ": " + dead);
}

}  // namespace testing_support
