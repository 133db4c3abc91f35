#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "net/stream_server.h"
#include "operator/certificates/serving_certificates.h"
#include "operator/kubelet/kubelet_options.h"

namespace op {

/// The open ports of burst nodes, one each, with the node's certificate. Thread-safe.
class KubeletPorts {
 public:
  /// Called for each request, on the stream service's workers.
  using Handler = std::function<void(const std::string& node, std::shared_ptr<net::StreamExchange> exchange)>;

  KubeletPorts(net::StreamService& service, ServingCertificates& certificates, KubeletOptions options,
               Handler handler);
  /// The port of `node`; opens it when it is closed. Connections are served as soon as the node has a
  /// certificate. Nullopt when there is no free port, which the log says once; nullopt, too, without an
  /// address. `preferred` is the port that the node publishes already: it is taken again where it is free and
  /// within the range.
  std::optional<std::uint16_t> open(const std::string& node, std::uint16_t preferred = 0);
  /// Closes the port and every connection of it. Nothing when it is not open.
  void close(const std::string& node);
  /// Closes the ports that were opened a while ago for nodes that `is_node` does not know.
  void close_unused(const std::function<bool(const std::string& node)>& is_node);
  /// The node has another certificate.
  void certificate_changed(const std::string& node);
  void close_all();

 private:
  struct Port {
    std::shared_ptr<net::StreamListener> listener;
    base::SteadyTime since;
  };
  base::Result<std::unique_ptr<net::StreamListener>> listen(const std::string& node, std::uint16_t preferred);

  net::StreamService& service_;
  ServingCertificates& certificates_;
  const KubeletOptions options_;
  const Handler handler_;
  std::mutex mutex_;
  std::map<std::string, Port> ports_;  ///< by node
  bool told_ = false;
};

}  // namespace op
