#pragma once

#include <memory>
#include <string>

#include "base/status.h"
#include "operator/home/home.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The answers that `kubectl top`, metrics-server and autoscalers read from a burst node, from the metrics
/// API of the node's provider. Threads of its own ask the provider, only on demand and at most once in ten
/// seconds per provider. A caller waits for that a moment at most, and then gets the last answer. A provider
/// without a metrics API yields bodies without pods. Thread-safe.
class ResourceMetrics {
 public:
  ResourceMetrics(Home& home, RemoteClusters& clusters);
  ~ResourceMetrics();
  void start();
  /// Idempotent; waiting callers go on at once.
  void stop();

  /// Body of GET /metrics/resource (text/plain; version=0.0.4). NotFound when `node` is no burst node.
  base::Result<std::string> metrics_resource(const std::string& node);
  /// Body of GET /stats/summary (application/json). NotFound when `node` is no burst node.
  base::Result<std::string> stats_summary(const std::string& node);
  /// Body of GET /pods (application/json): the home pods bound to `node`. Asks the home API server, and fails
  /// like that request.
  base::Result<std::string> pod_list(const std::string& node);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace op
