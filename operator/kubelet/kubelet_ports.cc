#include "operator/kubelet/kubelet_ports.h"

#include <utility>

#include "base/log.h"

namespace op {

KubeletPorts::KubeletPorts(net::StreamService& service, ServingCertificates& certificates,
                           KubeletOptions options, Handler handler)
    : service_(service),
      certificates_(certificates),
      options_(std::move(options)),
      handler_(std::move(handler)) {}

std::optional<std::uint16_t> KubeletPorts::open(const std::string& node, std::uint16_t preferred) {
  {
    const std::lock_guard lock(mutex_);
    const auto open = listeners_.find(node);
    if (open != listeners_.end()) return open->second->port();
    auto listener = listen(node, preferred);
    if (!listener) {
      if (!std::exchange(told_, true)) {
        base::log_warning("no port for a burst node: kubectl logs and exec will not work on it",
                          {{"node", node}, {"error", listener.error().text()}});
      }
      return std::nullopt;
    }
    listeners_[node] = std::move(*listener);
  }
  certificate_changed(node);
  const std::lock_guard lock(mutex_);
  const auto open = listeners_.find(node);
  return open == listeners_.end() ? std::nullopt : std::optional(open->second->port());
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
  std::shared_ptr<net::StreamListener> closed;
  {
    const std::lock_guard lock(mutex_);
    const auto open = listeners_.find(node);
    if (open == listeners_.end()) return;
    closed = std::move(open->second);
    listeners_.erase(open);
  }
  certificates_.forget(node);
}

void KubeletPorts::certificate_changed(const std::string& node) {
  const auto certificate = certificates_.current(node);
  if (!certificate) return;  // it will be told when there is one
  std::shared_ptr<net::StreamListener> listener;
  {
    const std::lock_guard lock(mutex_);
    const auto open = listeners_.find(node);
    if (open == listeners_.end()) return;
    listener = open->second;
  }
  const auto set = listener->set_certificate(certificate->certificate_pem, certificate->key_pem);
  if (!set) {
    base::log_error("a burst node's serving certificate cannot be used",
                    {{"node", node}, {"error", set.error().text()}});
  }
}

void KubeletPorts::close_all() {
  std::map<std::string, std::shared_ptr<net::StreamListener>> closed;
  const std::lock_guard lock(mutex_);
  closed.swap(listeners_);
}

}  // namespace op
