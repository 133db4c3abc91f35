#pragma once

#include <memory>
#include <optional>
#include <string>

#include "operator/certificates/serving_options.h"
#include "operator/home/home.h"
#include "operator/kubelet/kubelet_options.h"
#include "operator/logs/log_spool.h"
#include "operator/nodes/kubelet_endpoint.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The kubelets of all burst nodes: a TLS port each, opened when the node controller asks where it is, closed
/// when the Node is gone or this replica ends. Construct before Home::start(); start() when leading and
/// synced. Thread-safe.
class KubeletApi {
 public:
  KubeletApi(Home& home, RemoteClusters& clusters, LogSpool& spool, KubeletOptions options,
             ServingOptions serving);
  ~KubeletApi();
  void start();
  /// Closes every port and stream. Idempotent.
  void stop();
  /// As KubeletEndpoints.
  std::optional<KubeletEndpoint> endpoint(const std::string& node, std::uint16_t published);

 private:
  struct Parts;
  Home& home_;
  const std::string address_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace op
