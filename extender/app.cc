#include "extender/app.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>

#include "base/log.h"
#include "extender/requester.h"
#include "extender/service.h"
#include "extender/snapshot.h"
#include "kube/client/client.h"
#include "kube/core/node_record.h"
#include "kube/runtime/informer.h"
#include "kube/runtime/node_lease_renewer.h"
#include "market/offer.h"
#include "net/http_server.h"
#include "program/identity.h"
#include "program/kubeconfig_choice.h"
#include "program/shutdown.h"
#include "program/start.h"

namespace extender {
namespace {

/// The informers and the requester as the request path sees them, wired up.
class LiveWorld final : public World {
 public:
  LiveWorld(kube::Client& client, const base::Clock& clock)
      : snapshots_(client), requester_(client, clock, snapshots_.bursts()) {
    snapshots_.on_burst([this](const kube::ObjectKey& key) { requester_.observed(key); });
  }
  void start() {
    snapshots_.start();
    requester_.start();
  }
  void stop() {
    requester_.stop();
    snapshots_.stop();
  }
  std::shared_ptr<const Snapshot> snapshot() override { return snapshots_.current(); }
  BurstPointer burst(const kube::ObjectKey& key) override { return snapshots_.burst(key); }
  std::vector<std::string> asked(const kube::ObjectKey& key) override { return requester_.asked(key); }
  std::int64_t gpus_in_use(const kube::ObjectKey& claim, const kube::ObjectKey& except) override {
    return snapshots_.gpus_in_use(claim, except);
  }
  void request(BurstRequest wanted) override { requester_.request(std::move(wanted)); }

 private:
  Snapshots snapshots_;
  Requester requester_;
};

/// Keeps burst nodes alive while no operator does. It has to know the Nodes: a lease is owned by its Node's
/// UID. A failure here (RBAC, say) never keeps a request from being answered.
class NodeLeases {
 public:
  explicit NodeLeases(kube::Client& client)
      : nodes_(client,
               {.resource = kube::kNodes,
                .label_selector = "type=virtual-kubelet,neoburst.io/provider",
                .name = "burst-nodes"},
               kube::decode_meta),
        renewer_(client, [this] { return burst_nodes(); }) {}
  void start() {
    nodes_.start();
    renewer_.start();
  }
  void stop() {
    renewer_.stop();
    nodes_.stop();
  }

 private:
  std::vector<kube::NodeRef> burst_nodes() const {
    std::vector<kube::NodeRef> refs;
    for (const auto& node : nodes_.store().all()) {
      if (market::is_burst_node(node->meta.name)) refs.push_back({node->meta.name, node->meta.uid});
    }
    return refs;
  }
  kube::Informer<kube::MetaRecord> nodes_;
  kube::NodeLeaseRenewer renewer_;
};

base::Result<std::unique_ptr<net::HttpServer>> serve(const program::ListenAddress& where, std::size_t threads,
                                                     net::HttpServer::Handler handler) {
  return net::start_http_server({.address = where.address, .port = where.port, .threads = threads},
                                std::move(handler));
}

base::Outcome run_until_signal(const Options& options, program::Shutdown& shutdown) {
  auto home =
      program::chosen_cluster(program::KubeconfigPolicy::kService, options.kubeconfig, options.context);
  if (!home) return base::fail(std::move(home.error()));
  auto client = kube::Client::make(home->config, program::user_agent(program::kExtender));
  if (!client) return base::fail(std::move(client.error()));

  const auto& clock = base::system_clock();
  LiveWorld world(**client, clock);
  NodeLeases leases(**client);
  Service service(world, clock);
  auto handler = [&](const net::ServerRequest& request) { return service.handle(request); };
  auto probes = [&](const net::ServerRequest& request) { return service.handle_probe(request); };
  // Serving before the caches are filled is intended: home pods are answered from the first moment.
  auto server = serve(options.listen, options.threads, handler);
  if (!server) return base::fail(std::move(server.error()));
  std::unique_ptr<net::HttpServer> metrics_server;
  if (options.metrics_listen) {
    auto started = serve(*options.metrics_listen, 1, probes);
    if (!started) return base::fail(std::move(started.error()));
    metrics_server = std::move(*started);
  }
  world.start();
  leases.start();
  base::log_info("serving",
                 {{"address", options.listen.address}, {"port", std::to_string((*server)->port())}});

  while (!shutdown.wait(std::chrono::minutes(1))) {
  }
  base::log_info("stopping", {{"why", shutdown.reason()}});
  (*server)->stop();
  if (metrics_server) metrics_server->stop();
  (*client)->stop();  // running calls return at once
  leases.stop();
  world.stop();
  return {};
}

}  // namespace

int run(const Options& options) {
  program::start_service(options.log);
  program::Shutdown shutdown;
  auto ran = run_until_signal(options, shutdown);
  if (ran) return EXIT_SUCCESS;
  base::log_error("cannot start", {{"error", ran.error().text()}});
  return EXIT_FAILURE;
}

}  // namespace extender
