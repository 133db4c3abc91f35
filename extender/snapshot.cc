#include "extender/snapshot.h"

#include <algorithm>
#include <utility>

#include "burst/holding.h"

namespace extender {

std::span<const ClaimPointer> Snapshot::claims_in(std::string_view ns) const {
  auto it = claims.find(ns);
  if (it == claims.end()) return {};
  return it->second;
}

Snapshot make_snapshot(bool synced, std::vector<ClaimPointer> claims, std::vector<OfferPointer> offers,
                       const api::ConfigRecord* config) {
  Snapshot snapshot{.synced = synced, .claims = {}, .offers = std::move(offers)};
  for (auto& claim : claims) {
    auto& list = snapshot.claims[claim->meta.ns];
    list.push_back(api::configured(std::move(claim), config));
  }
  for (auto& [ns, list] : snapshot.claims) {
    std::sort(list.begin(), list.end(),
              [](const auto& a, const auto& b) { return a->meta.name < b->meta.name; });
  }
  return snapshot;
}

Snapshots::Snapshots(kube::Client& client)
    : claims_(client, {.resource = api::kClaims}, api::decode_claim),
      offers_(client, {.resource = api::kOffers}, api::decode_offer),
      bursts_(client, {.resource = api::kBursts}, api::decode_burst),
      configs_(client, {.resource = api::kConfigs}, api::decode_config) {
  configs_.on_change([this](const auto&) { changes_.fetch_add(1, std::memory_order_release); });
  claims_.on_change([this](const auto&) { changes_.fetch_add(1, std::memory_order_release); });
  offers_.on_change([this](const auto&) { changes_.fetch_add(1, std::memory_order_release); });
}

void Snapshots::on_burst(std::function<void(const kube::ObjectKey&)> handler) {
  bursts_.on_change([handler = std::move(handler)](const kube::Change<api::BurstRecord>& change) {
    if (change.after) handler(change.after->meta.key());
  });
}

void Snapshots::start() {
  claims_.start();
  offers_.start();
  bursts_.start();
  configs_.start();
}

void Snapshots::stop() {
  claims_.stop();
  offers_.stop();
  bursts_.stop();
  configs_.stop();
}

bool Snapshots::synced() const {
  return claims_.synced() && offers_.synced() && bursts_.synced() && configs_.synced();
}

std::shared_ptr<const Snapshot> Snapshots::current() {
  std::lock_guard lock(mutex_);
  const auto changes = changes_.load(std::memory_order_acquire);
  // The first list of an empty kind changes nothing, hence the look at `synced`.
  if (current_ && current_->synced && made_at_ == changes) return current_;
  const bool all_listed = synced();  // before the stores are read
  const auto config = configs_.store().get({{}, std::string(api::kConfigName)});
  current_ = std::make_shared<const Snapshot>(
      make_snapshot(all_listed, claims_.store().all(), offers_.store().all(), config.get()));
  made_at_ = changes;
  return current_;
}

std::int64_t Snapshots::gpus_in_use(const kube::ObjectKey& claim, const kube::ObjectKey& except) const {
  std::int64_t sum = 0;
  for (const auto& record : bursts_.store().all()) {
    const auto& b = record->burst;
    if (burst::may_hold_gpus(b) && record->meta.ns == claim.ns && b.claim == claim.name &&
        record->meta.key() != except)
      sum += b.gpus;
  }
  return sum;
}

}  // namespace extender
