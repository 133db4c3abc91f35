#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/records.h"
#include "support/invariants.h"
#include "support/kubectl.h"
#include "support/objects.h"
#include "support/programs.h"
#include "support/recorder.h"
#include "support/sandbox.h"
#include "support/wait.h"

namespace testing_support {

/// A test of the whole system: both programs run, both providers are ready, home is full, and it has a
/// namespace of its own. Afterwards everything it made is removed, and the promises that hold for every
/// history are checked: never twice, home never over-committed, phases only advance, nothing left at the
/// providers.
class EndToEnd : public testing::Test {
 protected:
  void SetUp() override;
  void TearDown() override;

  kube::Client& home() { return sandbox_.home(); }
  nlohmann::json pod(const std::string& name) { return find_object(home(), kube::kPods, ns_, name); }
  /// The pod's PodBurst, null when there is none.
  nlohmann::json burst_of(const nlohmann::json& pod);
  /// The twins of the pod at `provider`, by UID.
  std::vector<nlohmann::json> twins_of(const nlohmann::json& pod, const std::string& provider);
  nlohmann::json claim(const std::string& name) { return find_object(home(), api::kClaims, ns_, name); }

  /// Creates the claim and waits until `nodes` stand for offers it matches: a pod that comes earlier would
  /// have fewer to choose from.
  void create_claim(const nlohmann::json& claim, const std::vector<std::string>& nodes = {});
  /// Waits until pods can be scheduled to them.
  void wait_nodes(const std::vector<std::string>& nodes);
  nlohmann::json create_pod(const nlohmann::json& pod) { return must_create(home(), kube::kPods, pod); }

  // Each waits and returns what was found; a failure throws with what was seen last.
  nlohmann::json wait_phase(const std::string& pod, const std::string& phase);
  void wait_gone(const std::string& pod);
  nlohmann::json wait_twin(const nlohmann::json& pod, const std::string& provider);
  /// The pod's PodBurst with status.message or the pod's PodScheduled message containing `text`.
  void wait_told(const std::string& pod, const std::string& text);
  nlohmann::json wait_verdict(const std::string& claim, const std::string& offer, bool fits);
  nlohmann::json wait_ended(const nlohmann::json& pod);
  void wait_nothing_left();
  /// Used by all of them: require_within that ends at once when a program has died.
  void require_alive_within(const std::string& what, std::chrono::seconds deadline,
                            const std::function<std::string()>& missing);

  Sandbox& sandbox_ = Sandbox::get();
  Neoburst& neoburst_ = Neoburst::shared();
  std::unique_ptr<Recorder> recorder_;
  std::string ns_;
};

inline constexpr const char* kEuOffer = "neocloud-eu-eu-north1-h100-ondemand";
inline constexpr const char* kUsOffer = "neocloud-us-us-east1-h100-ondemand";
inline constexpr const char* kEuNode = "neoburst-neocloud-eu-eu-north1-h100-ondemand";
inline constexpr const char* kUsNode = "neoburst-neocloud-us-us-east1-h100-ondemand";

}  // namespace testing_support
