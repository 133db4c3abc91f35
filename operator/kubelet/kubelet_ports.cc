#include "operator/kubelet/kubelet_ports.h"

#include <chrono>
#include <utility>
#include <vector>

#include "base/log.h"

namespace op {
namespace {

/// Counted from the opening of its port. A Node that cannot be created is given up with its port.
constexpr std::chrono::minutes kNodeComesWithin{10};

}  // namespace

KubeletPorts::KubeletPorts(net::StreamService& service, ServingCertificates& certificates,
                           KubeletOptions options, Handler handler)
    : service_(service),
      certificates_(certificates),
      options_(std::move(options)),
      handler_(std::move(handler)) {}

std::optional<std::uint16_t> KubeletPorts::open(const std::string& node, std::uint16_t preferred) {
  if (options_.node_ip.empty()) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    const auto open = ports_.find(node);
    if (open != ports_.end()) return open->second.listener->port();
    auto listener = listen(node, preferred);
    if (!listener) {
      if (!std::exchange(told_, true)) {
        base::log_warning("no port for a burst node: kubectl logs and exec will not work on it",
                          {{"node", node}, {"error", listener.error().text()}});
      }
      return std::nullopt;
    }
    ports_[node] = {std::move(*listener), std::chrono::steady_clock::now()};
  }
  certificate_changed(node);
  const std::lock_guard lock(mutex_);
  const auto open = ports_.find(node);
  return open == ports_.end() ? std::nullopt : std::optional(open->second.listener->port());
}

base::Result<std::unique_ptr<net::StreamListener>> KubeletPorts::listen(const std::string& node,
                                                                        std::uint16_t preferred) {
  const auto serve = [this, node](std::shared_ptr<net::StreamExchange> exchange) {
    handler_(node, std::move(exchange));
  };
  const bool any = options_.first_port == 0;
  if (preferred != 0 && (any || (preferred >= options_.first_port && preferred <= options_.last_port))) {
    if (auto listener = service_.listen(options_.node_ip, preferred, serve)) return listener;
  }
  if (any) return service_.listen(options_.node_ip, 0, serve);
  base::Result<std::unique_ptr<net::StreamListener>> listener =
      base::fail(base::Code::kUnavailable, "all ports of the range are taken");
  for (unsigned port = options_.first_port; port <= options_.last_port && !listener; ++port) {
    listener = service_.listen(options_.node_ip, static_cast<std::uint16_t>(port), serve);
  }
  return listener;
}

void KubeletPorts::close(const std::string& node) {
  std::shared_ptr<net::StreamListener> closed;  // outlives the lock
  const std::lock_guard lock(mutex_);
  const auto open = ports_.find(node);
  if (open == ports_.end()) return;
  closed = std::move(open->second.listener);
  ports_.erase(open);
  certificates_.forget(node);
}

void KubeletPorts::close_unused(const std::function<bool(const std::string&)>& is_node) {
  const auto before = std::chrono::steady_clock::now() - kNodeComesWithin;
  std::vector<std::string> unused;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [node, port] : ports_) {
      if (port.since < before && !is_node(node)) unused.push_back(node);
    }
  }
  for (const std::string& node : unused) close(node);
}

void KubeletPorts::certificate_changed(const std::string& node) {
  std::shared_ptr<net::StreamListener> listener;
  std::shared_ptr<const ServingCertificate> certificate;
  {
    // Under one lock with close(): asking for the certificate of a node that is gone would create it
    // again.
    const std::lock_guard lock(mutex_);
    const auto open = ports_.find(node);
    if (open == ports_.end()) return;
    listener = open->second.listener;
    certificate = certificates_.current(node);
  }
  if (!certificate) return;  // the change callback reports it later
  const auto set = listener->set_certificate(certificate->certificate_pem, certificate->key_pem);
  if (!set) {
    base::log_error("a burst node's serving certificate cannot be used",
                    {{"node", node}, {"error", set.error().text()}});
  }
}

void KubeletPorts::close_all() {
  std::map<std::string, Port> closed;
  const std::lock_guard lock(mutex_);
  closed.swap(ports_);
}

}  // namespace op
