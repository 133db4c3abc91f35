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

/// The parts of a burst node's kubelet API; all of them outlive the handler and are thread-safe.
struct KubeletParts {
  Home& home;
  RemoteClusters& clusters;
  KubeletAccess& access;
  LogSpool& spool;
  ResourceMetrics& metrics;
};

/// Answers the requests to burst nodes as their kubelets would: checks who asks and whether they may, finds
/// the twin, and sends on requests about it. Thread-safe; handle() blocks, for up to two requests to the home
/// API server.
class KubeletHandler {
 public:
  KubeletHandler(KubeletParts parts, StreamDeadlines deadlines = {});
  /// A request to the port of burst node `node`.
  void handle(const std::string& node, std::shared_ptr<net::StreamExchange> exchange);
  /// Ends requests that wait for the home API server; their clients get 503.
  void stop() { stop_.request_stop(); }

 private:
  using Exchange = std::shared_ptr<net::StreamExchange>;

  AccessVerdict check(const std::string& node, const net::StreamRequest& request);
  net::ServerReply answer(const std::string& node, const KubeletRequest& request);
  void stream(const std::string& node, const KubeletRequest& request, Exchange exchange);
  /// The kept log of a twin that is gone; 404 when there is none.
  net::ServerReply kept_log(const KubeletRequest& request, const std::string& pod_uid);

  KubeletParts parts_;
  ProviderStreams providers_;
  std::stop_source stop_;
};

}  // namespace op
