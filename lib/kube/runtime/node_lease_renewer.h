#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kube/client/client.h"

namespace kube {

struct NodeRef {
  std::string name;
  std::string uid;
};

/// Keeps the Leases of virtual nodes fresh, as a kubelet does for its own: kube-node-lease/<node>, 40 s,
/// every 10 s. A node whose lease grows old counts as dead: its pods are evicted, and clouds delete the Node
/// itself. So this depends on as little as possible: one thread, no leadership. Several replicas
/// may run it. A replica that sees that somebody else renewed a lease since its last look leaves that lease
/// alone for one round. (It never compares clocks.)
class NodeLeaseRenewer {
 public:
  /// `nodes` names the nodes to renew; called on the renewer's thread before each round.
  NodeLeaseRenewer(Client& client, std::function<std::vector<NodeRef>()> nodes);
  ~NodeLeaseRenewer();
  void start();
  /// Leases are left as they are: they run out by themselves. Idempotent.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kube
