#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "kube/client/client.h"

namespace kube {

struct ElectionOptions {
  std::string ns;
  std::string name;
  std::string identity;  ///< unique per process
  std::chrono::milliseconds lease_duration = std::chrono::seconds(15);
  std::chrono::milliseconds renew_deadline = std::chrono::seconds(10);
  std::chrono::milliseconds retry_period = std::chrono::seconds(2);
};

/// Leader election on a coordination.k8s.io Lease, as in client-go: a candidate trusts only how long
/// *it* has seen the record unchanged, never the remote clock. Runs on one thread of its own.
class Elector {
 public:
  struct Callbacks {
    std::function<void()> started;  ///< we lead now; must not block
    /// We no longer lead, or are no longer sure (no renewal within renew_deadline). The process should exit.
    std::function<void(std::string why)> lost;
  };
  Elector(Client& client, const base::Clock& clock, ElectionOptions options, Callbacks callbacks);
  ~Elector();
  void start();
  /// Stops without calling `lost`; releases the lease if held, so that the next candidate need not wait. Stop
  /// the work first. Idempotent.
  void stop();
  /// True while the lease is ours by our own clock, with a margin. Check before each remote write of a long
  /// operation.
  bool leading() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube
