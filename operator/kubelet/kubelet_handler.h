#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "net/stream_server.h"
#include "operator/home/home.h"
#include "operator/kubelet/access.h"
#include "operator/kubelet/kubelet_request.h"
#include "operator/kubelet/locate.h"
#include "operator/kubelet/provider_answer.h"
#include "operator/kubelet/provider_streams.h"
#include "operator/logs/log_spool.h"
#include "operator/usage/resource_metrics.h"

namespace op {

/// What a burst node's kubelet API stands on; all of it outlives the handler and is thread-safe.
struct KubeletParts {
  Home& home;
  RemoteClusters& clusters;
  KubeletAccess& access;
  LogSpool& spool;
  ResourceMetrics& metrics;
};

/// Answers the requests to burst nodes as their kubelets would: looks who asks and whether they may, finds
/// the twin, and sends on what is about it. Thread-safe; handle() blocks, for up to two requests to the home
/// API server.
class KubeletHandler {
 public:
  KubeletHandler(KubeletParts parts, StreamDeadlines deadlines = {});
  /// A request to the port of burst node `node`.
  void handle(const std::string& node, std::shared_ptr<net::StreamExchange> exchange);
  /// Ends what waits for the home API server; those who asked get 503.
  void stop() { stop_.request_stop(); }

 private:
  using Exchange = std::shared_ptr<net::StreamExchange>;

  AccessVerdict check(const std::string& node, const net::StreamRequest& request);
  net::ServerReply answer(const std::string& node, const KubeletRequest& request);
  void stream(const std::string& node, const KubeletRequest& request, Exchange exchange);
  /// What is kept of the log of a twin that is gone; 404 when nothing is.
  net::ServerReply kept_log(const KubeletRequest& request, const std::string& pod_uid);

  KubeletParts parts_;
  ProviderStreams providers_;
  std::stop_source stop_;
};

}  // namespace op
