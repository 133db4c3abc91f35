#include "operator/home/home.h"

#include <mutex>
#include <utility>

#include "base/log.h"
#include "burst/names.h"
#include "operator/home/profiled_provider.h"

namespace op {
namespace {

kube::InformerOptions informing(const kube::Resource& resource) {
  kube::InformerOptions options{.resource = resource};
  return options;
}

/// Must come before the first pod is decoded; several Home objects in one process (tests) set it once.
const std::string& prepared(const std::string& id) {
  static std::once_flag once;
  std::call_once(once, [] {
    kube::keep_pod_annotations_containing({"neoburst.io/", std::string(burst::kDeletionCostAnnotation)});
  });
  return id;
}

}  // namespace

Home::Home(kube::Client& home_client, const base::Clock& home_clock, kube::EventRecorder& recorder,
           std::string id, HomeSettings settings)
    : client(home_client),
      clock(home_clock),
      events(recorder),
      installation(prepared(id)),
      pods(home_client, informing(kube::kPods), kube::decode_pod),
      nodes(home_client, informing(kube::kNodes), kube::decode_node),
      services(home_client, informing(kube::kServices), kube::decode_service),
      claims(home_client, informing(api::kClaims), api::decode_claim),
      providers(home_client, informing(api::kProviders), api::decode_provider),
      offers(home_client, informing(api::kOffers), api::decode_offer),
      bursts(home_client, informing(api::kBursts), api::decode_burst),
      configs(home_client, informing(api::kConfigs), api::decode_config),
      ledgers(home_client, informing(api::kLedgers), api::decode_ledger_page),
      settings_(std::move(settings)) {
  ledgers.on_change([this](const kube::Change<api::LedgerPageRecord>& change) {
    if (!change.after) return book.erase_page(change.before->meta.name);
    book.set_page(change.after->meta.name, change.after->entries);
    if (!change.after->problem.empty()) {
      base::log_error("a page of the ledger cannot be read in full",
                      {{"page", change.after->meta.name}, {"problem", change.after->problem}});
    }
  });
}

std::shared_ptr<const api::ConfigRecord> Home::config() const {
  return configs.store().get({{}, std::string(api::kConfigName)});
}

std::shared_ptr<const api::ClaimRecord> Home::under_config(
    std::shared_ptr<const api::ClaimRecord> claim) const {
  auto out = api::configured(std::move(claim), config().get());
  if (!settings_.stop_spending || !out || !out->stopped.empty()) return out;
  auto stopped = std::make_shared<api::ClaimRecord>(*out);
  stopped->stopped = "new spending is stopped by the operator's option --stop-spending";
  return stopped;
}

std::shared_ptr<const api::ClaimRecord> Home::claim(const kube::ObjectKey& key) const {
  return under_config(claims.store().get(key));
}

std::vector<std::shared_ptr<const api::ClaimRecord>> Home::all_claims() const {
  auto out = claims.store().all();
  for (auto& claim : out) claim = under_config(std::move(claim));
  return out;
}

std::shared_ptr<const api::ProviderRecord> Home::profiled(
    std::shared_ptr<const api::ProviderRecord> provider) const {
  if (!provider) return provider;
  std::lock_guard lock(mutex_);
  auto& known = profiled_[provider->meta.name];
  const bool same = known && known->meta.uid == provider->meta.uid &&
                    known->meta.resource_version == provider->meta.resource_version;
  if (!same)
    known = std::make_shared<const api::ProviderRecord>(under_profile(*provider, settings_.profiles));
  return known;
}

std::shared_ptr<const api::ProviderRecord> Home::provider(const std::string& name) const {
  return profiled(providers.store().get({{}, name}));
}

std::vector<std::shared_ptr<const api::ProviderRecord>> Home::all_providers() const {
  auto out = providers.store().all();
  for (auto& provider : out) provider = profiled(std::move(provider));
  return out;
}

void Home::start() {
  pods.start();
  nodes.start();
  services.start();
  claims.start();
  providers.start();
  offers.start();
  bursts.start();
  configs.start();
  ledgers.start();
}

void Home::stop() {
  ledgers.stop();
  configs.stop();
  bursts.stop();
  offers.stop();
  providers.stop();
  claims.stop();
  services.stop();
  nodes.stop();
  pods.stop();
}

bool Home::synced() const {
  return pods.synced() && nodes.synced() && services.synced() && claims.synced() && providers.synced() &&
         offers.synced() && bursts.synced() && configs.synced() && ledgers.synced();
}

}  // namespace op
