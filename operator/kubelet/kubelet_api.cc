#include "operator/kubelet/kubelet_api.h"

#include <utility>

#include "operator/certificates/client_ca.h"
#include "operator/certificates/serving_certificates.h"
#include "operator/kubelet/access.h"
#include "operator/kubelet/kubelet_handler.h"
#include "operator/kubelet/kubelet_ports.h"
#include "operator/kubelet/stream_limits.h"
#include "operator/usage/resource_metrics.h"

namespace op {

struct KubeletApi::Parts {
  Parts(Home& home, RemoteClusters& clusters, LogSpool& spool, KubeletOptions options, ServingOptions serving)
      : client_ca(home.client),
        access(home.client, home.clock, client_ca),
        metrics(home, clusters),
        certificates(home.client, home.clock, std::move(serving), {options.node_ip}),
        handler({home, clusters, access, spool, metrics}),
        service(net::StreamService::make(stream_limits(options.descriptors))),
        ports(*service, certificates, std::move(options),
              [this](const std::string& node, std::shared_ptr<net::StreamExchange> exchange) {
                handler.handle(node, std::move(exchange));
              }) {}

  ClientCa client_ca;
  KubeletAccess access;
  ResourceMetrics metrics;
  ServingCertificates certificates;
  KubeletHandler handler;
  std::unique_ptr<net::StreamService> service;
  KubeletPorts ports;  // after the service: it holds the service's listeners
};

KubeletApi::KubeletApi(Home& home, RemoteClusters& clusters, LogSpool& spool, KubeletOptions options,
                       ServingOptions serving)
    : home_(home),
      address_(options.node_ip),
      parts_(std::make_unique<Parts>(home, clusters, spool, std::move(options), std::move(serving))) {
  parts_->certificates.on_change(
      [this](const std::string& node) { parts_->ports.certificate_changed(node); });
  home.nodes.on_change([this](const kube::Change<kube::NodeRecord>& change) {
    if (!change.after) parts_->ports.close(change.any().meta.name);
  });
}

KubeletApi::~KubeletApi() { stop(); }

void KubeletApi::start() {
  parts_->client_ca.start();
  parts_->certificates.start();
  parts_->metrics.start();
}

void KubeletApi::stop() {
  parts_->ports.close_all();
  parts_->handler.stop();  // the service waits for its calls
  parts_->metrics.stop();  // releases handlers that wait for it
  parts_->service->stop();
  parts_->certificates.stop();
  parts_->client_ca.stop();
}

std::optional<KubeletEndpoint> KubeletApi::endpoint(const std::string& node, std::uint16_t published) {
  parts_->ports.close_unused([this](const std::string& name) {
    return home_.nodes.store().get({{}, name}) != nullptr;
  });
  const auto port = parts_->ports.open(node, published);
  if (!port) return std::nullopt;
  return KubeletEndpoint{address_, *port};
}

}  // namespace op
