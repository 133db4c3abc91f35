#include "operator/app.h"

#include <utility>

#include "base/log.h"
#include "kube/runtime/elector.h"
#include "kube/runtime/node_lease_renewer.h"
#include "operator/bursts/burst_controllers.h"
#include "operator/claims/claim_controller.h"
#include "operator/claims/toleration_controller.h"
#include "operator/cost_metrics.h"
#include "operator/feeds/feed_controller.h"
#include "operator/feeds/feed_sources.h"
#include "operator/home/home.h"
#include "operator/kubelet/kubelet_api.h"
#include "operator/ledger/ledger_controller.h"
#include "operator/nodes/burst_node.h"
#include "operator/nodes/node_controller.h"
#include "operator/offers/offer_controller.h"
#include "operator/offers/offer_table.h"
#include "operator/process/health_server.h"
#include "operator/process/process.h"
#include "operator/process/shutdown.h"
#include "operator/providers/provider_controller.h"
#include "operator/remote/remote_cluster.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr const char* kElectionName = "neoburst-operator";

std::vector<kube::NodeRef> burst_nodes(const Home& home) {
  std::vector<kube::NodeRef> refs;
  for (const auto& node : home.nodes.store().all()) {
    if (is_our_node(*node)) refs.push_back({node->meta.name, node->meta.uid});
  }
  return refs;
}

}  // namespace

/// Everything that acts, in order of construction; works only while this replica leads.
struct Controllers {
  Controllers(Home& home, const Options& options, const std::string& holder)
      : offers(home, remotes, feed_table, offer_table),
        feeds(feed_sources(home), home.clock, feed_table,
              [this](const std::string& provider) {
                offers.provider_changed(provider);
                providers.feed_changed(provider);
              }),
        providers(home, remotes, feed_table,
                  LinkHooks{.on_pod_uid = [this](const std::string& uid,
                                                 kube::Urgency urgency) { pod_uid_changed(uid, urgency); },
                            .on_capacity = [this](const std::string& name) { offers.provider_changed(name); },
                            .on_event =
                                [this](const std::string& name, const kube::EventRecord& event) {
                                  bursts.provider_event(name, event);
                                }},
                  ProviderOptions{options.probe_interval, options.workers, holder}),
        claims(home, offer_table),
        ledger(home, LedgerOptions{.retention = options.burst_retention}),
        tolerations(home, options.workers),
        log_spool(options.log_directory, options.log_space_mib << 20),
        logs(home, remotes, log_spool,
             [this](const std::string& uid) { pod_uid_changed(uid, kube::Urgency::kLow); }),
        kubelet(home, remotes, log_spool, options.kubelet, options.serving),
        nodes(home, offer_table,
              [this](const std::string& node, std::uint16_t published) {
                return kubelet.endpoint(node, published);
              }),
        bursts(home, remotes, offer_table, logs, options.bursts) {
    home.providers.on_change([this](const auto&) { feeds.providers_changed(); });
  }

  void start() {
    feeds.start();
    offers.start();  // fills the table: who comes after it may take it for whole
    providers.start();
    claims.start();
    ledger.start();
    kubelet.start();
    nodes.start();
    tolerations.start();
    logs.start();
    bursts.start();
  }
  void stop() {
    bursts.stop();
    logs.stop();
    tolerations.stop();
    nodes.stop();
    kubelet.stop();
    ledger.stop();
    claims.stop();
    providers.stop();
    feeds.stop();  // it tells the offers
    offers.stop();
  }
  void pod_uid_changed(const std::string& uid, kube::Urgency urgency) {
    bursts.pod_uid_changed(uid, urgency);
  }

  RemoteClusters remotes;
  FeedTable feed_table;
  OfferTable offer_table;
  OfferController offers;
  FeedController feeds;
  ProviderController providers;
  ClaimController claims;
  LedgerController ledger;
  TolerationController tolerations;
  LogSpool log_spool;
  LogKeeper logs;
  KubeletApi kubelet;
  NodeController nodes;  // asks the kubelets where they are
  BurstControllers bursts;
};

struct App::Parts {
  Shutdown shutdown;
  HealthServer health;
  std::unique_ptr<kube::Client> client;
  std::unique_ptr<kube::EventRecorder> events;
  std::unique_ptr<Home> home;
  std::unique_ptr<Controllers> controllers;
  std::unique_ptr<kube::NodeLeaseRenewer> leases;
  std::unique_ptr<kube::Elector> elector;
  std::mutex starting;  ///< leadership may come and the end may come at the same time
  bool ended = false;

  base::Outcome connect(const Options& options);
  base::Result<std::string> read_installation();
  bool wait_synced();
  void lead();
  void elect(const Options& options);
  void stop();
};

App::App(Options options) : options_(std::move(options)) {}
App::~App() = default;

base::Result<std::string> App::Parts::read_installation() {
  base::Backoff backoff(milliseconds(200), std::chrono::seconds(5));
  while (true) {
    const auto ns = client->get(kube::kNamespaces, {}, "kube-system");
    if (ns) return ns->at("metadata").at("uid").get<std::string>();
    base::log_warning(
        ns.error().is(base::Code::kForbidden)
            ? "the operator may not get namespace kube-system, whose UID is this installation's id"
            : "the home API server does not answer yet",
        {{"error", ns.error().text()}});
    if (shutdown.wait(backoff.next())) return base::fail(base::Code::kCancelled, shutdown.reason());
  }
}

base::Outcome App::Parts::connect(const Options& options) {
  HomeSettings settings{.stop_spending = options.stop_spending};
  if (!options.profiles.empty()) {
    auto loaded = profiles::load_profiles(options.profiles);
    if (!loaded) return base::fail(std::move(loaded.error()).with_context("--profiles"));
    settings.profiles = std::move(*loaded);
  }
  auto config = cluster_config(options);
  if (!config) return base::fail(std::move(config.error()).with_context("home cluster"));
  auto made = kube::Client::make(*config, "neoburst-operator/0.1");
  if (!made) return base::fail(std::move(made.error()).with_context("home cluster"));
  client = std::move(*made);
  auto installation = read_installation();
  if (!installation) return base::fail(std::move(installation.error()));
  events = std::make_unique<kube::EventRecorder>(*client, "neoburst.io/operator", process_identity());
  home = std::make_unique<Home>(*client, base::system_clock(), *events, *installation, std::move(settings));
  controllers = std::make_unique<Controllers>(*home, options, home_identity(client->config(), *installation));
  return {};
}

bool App::Parts::wait_synced() {
  home->start();
  while (!home->synced()) {
    if (shutdown.wait(milliseconds(20))) return false;
  }
  health.add_metrics([this] { return cost_metrics(*home); });
  health.ready(true);
  return true;
}

void App::Parts::lead() {
  std::lock_guard lock(starting);
  if (ended) return;
  base::log_info("leading: controllers start");
  controllers->start();
}

void App::Parts::elect(const Options& options) {
  if (!options.leader_elect) return lead();
  kube::ElectionOptions election{.ns = options.ns, .name = kElectionName, .identity = process_identity()};
  elector = std::make_unique<kube::Elector>(
      *client, base::system_clock(), election,
      kube::Elector::Callbacks{
          .started = [this] { lead(); },
          .lost = [this](std::string why) { shutdown.request("leadership lost: " + why, 1); }});
  elector->start();
}

void App::Parts::stop() {
  health.ready(false);
  {
    std::lock_guard lock(starting);
    ended = true;
  }
  if (controllers) controllers->stop();
  if (elector) elector->stop();
  if (leases) leases->stop();
  if (home) home->stop();
  if (client) client->stop();
  health.stop();
}

int App::run() {
  base::init_logging(options_.log_level, options_.log_format);
  limit_thread_stacks();
  options_.kubelet.descriptors = raise_descriptor_limit();
  if (is_in_cluster(options_)) leave_out_loopback(options_.kubelet);
  parts_ = std::make_unique<Parts>();
  Parts& p = *parts_;
  if (const auto serving = p.health.start(options_); !serving) {
    base::log_error("cannot serve metrics", {{"error", serving.error().text()}});
    return 1;
  }
  if (const auto connected = p.connect(options_); !connected) {
    if (connected.error().is(base::Code::kCancelled)) return 0;
    base::log_error("cannot start", {{"error", connected.error().text()}});
    return 1;
  }
  if (p.wait_synced()) {
    p.leases = std::make_unique<kube::NodeLeaseRenewer>(*p.client, [&p] { return burst_nodes(*p.home); });
    p.leases->start();
    p.elect(options_);
    while (!p.shutdown.wait(std::chrono::minutes(1))) {
    }
  }
  base::log_info("ending", {{"why", p.shutdown.reason()}});
  p.stop();
  return p.shutdown.exit_code();
}

}  // namespace op
