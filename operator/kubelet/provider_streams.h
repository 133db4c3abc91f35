#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "net/stream_server.h"
#include "operator/remote/remote_cluster.h"

namespace op {

struct StreamDeadlines {
  /// Name, TCP, TLS, and the request sent.
  std::chrono::milliseconds connect = std::chrono::seconds(10);
  /// From there to the reply's head.
  std::chrono::milliseconds head = std::chrono::seconds(30);
};

/// Sends requests on to providers with the credentials of their kubeconfigs, each on a TLS connection of its
/// own. Thread-safe.
class ProviderStreams {
 public:
  explicit ProviderStreams(StreamDeadlines deadlines) : deadlines_(deadlines) {}

  /// A request for a provider's API server.
  struct Call {
    std::string method;
    std::string target;  ///< without the path prefix of the kubeconfig's server
    net::Headers headers = {};
    bool waits_for_head = false;  ///< for as long as the client does
  };
  /// As StreamExchange::forward(). If a provider refuses the bearer token, it is asked once more with a token
  /// that was read again.
  void open(const std::shared_ptr<net::StreamExchange>& exchange,
            const std::shared_ptr<RemoteCluster>& cluster, Call call, net::StreamExchange::Refused refused);

 private:
  struct Known {
    std::weak_ptr<RemoteCluster> cluster;  ///< its address and certificates never change
    net::Upstream upstream;
  };
  base::Result<net::Upstream> upstream_of(const std::shared_ptr<RemoteCluster>& cluster);
  void send(const std::shared_ptr<net::StreamExchange>& exchange,
            const std::shared_ptr<RemoteCluster>& cluster, Call call, net::StreamExchange::Refused refused,
            bool again);

  const StreamDeadlines deadlines_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  ///< by provider
};

}  // namespace op
