#include "operator/offers/offer_controller.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "api/write.h"
#include "base/log.h"
#include "kube/core/merge_diff.h"
#include "operator/offers/last_offers.h"
#include "operator/offers/offer_builder.h"
#include "operator/offers/provider_view.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kRecomputeAfter{20};
constexpr milliseconds kFirstOfferWriteAfter{1'000};
constexpr milliseconds kOfferWritesApart{10'000};
/// Prices grow stale without any other event.
constexpr milliseconds kAgeEvery{3'600'000};

/// True for objects that we made for a provider: all others under our names belong to somebody else.
bool is_ours(const api::OfferRecord& record) {
  return std::ranges::any_of(record.meta.owners, [&](const kube::OwnerReference& owner) {
    return owner.kind == api::kProviders.kind && owner.name == record.offer.provider;
  });
}

}  // namespace

OfferController::OfferController(Home& home, RemoteClusters& remotes, const FeedTable& feeds,
                                 OfferTable& table)
    : home_(home),
      remotes_(remotes),
      feeds_(feeds),
      table_(table),
      writer_({.name = "offers", .workers = 1}, [this](const std::string& key) { return reconcile(key); }) {
  table_.on_change([this](const std::string& offer) { writer_.queue().add(offer); });
  home_.offers.on_change(
      [this](const kube::Change<api::OfferRecord>& change) { writer_.queue().add(change.any().meta.name); });
  home_.providers.on_change(
      [this](const kube::Change<api::ProviderRecord>& change) { provider_changed(change.any().meta.name); });
  home_.bursts.on_change([this](const kube::Change<api::BurstRecord>& change) {
    for (const auto* record : {change.before.get(), change.after.get()}) {
      if (record && !record->burst.attempt.provider.empty()) provider_changed(record->burst.attempt.provider);
    }
  });
}

OfferController::~OfferController() { stop(); }

void OfferController::start() {
  std::set<std::string> providers;
  for (const auto& provider : home_.all_providers()) providers.insert(provider->meta.name);
  for (const auto& provider : providers) recompute(provider);
  for (const auto& offer : home_.offers.store().all()) writer_.queue().add(offer->meta.name);
  writer_.start();
  recomputer_ = std::jthread([this](std::stop_token stop) { recompute_loop(stop); });
}

void OfferController::stop() {
  if (recomputer_.joinable()) {
    recomputer_.request_stop();
    recomputer_.join();
  }
  writer_.stop();
}

void OfferController::provider_changed(const std::string& provider) {
  {
    std::lock_guard lock(mutex_);
    marked_.insert(provider);
  }
  marked_changed_.notify_one();
}

void OfferController::recompute_loop(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  auto all_due = home_.clock.steady_now() + kAgeEvery;
  while (!stop.stop_requested()) {
    const auto wait = std::max(all_due - home_.clock.steady_now(), base::SteadyTime::duration::zero());
    marked_changed_.wait_for(lock, stop, wait, [this] { return !marked_.empty(); });
    if (home_.clock.steady_now() >= all_due) {  // whatever else keeps this thread busy
      for (const auto& provider : home_.providers.store().all()) marked_.insert(provider->meta.name);
      all_due = home_.clock.steady_now() + kAgeEvery;
    }
    // More changes come on the heels of the first: wait for them, not for the stop alone.
    marked_changed_.wait_for(lock, stop, kRecomputeAfter, [] { return false; });
    if (stop.stop_requested()) return;
    const auto providers = std::exchange(marked_, {});
    lock.unlock();
    for (const auto& provider : providers) recompute(provider);
    lock.lock();
  }
}

void OfferController::recompute(const std::string& name) {
  const auto provider = home_.provider(name);
  if (!provider || provider->meta.deleting_since) {
    table_.replace(name, {});
    return;
  }
  const auto remote = remotes_.find(name);
  if (remote && remote->capacity_synced()) {
    auto view = gather_view(home_, provider, *remote);
    view.feed = feeds_.find(name);
    auto offers = build_offers(view);
    if (provider->feed && !(view.feed && view.feed->snapshot)) keep_feed_prices(offers, last_known(name));
    if (remote->published_unread())
      keep_unread(offers, last_known(name), "its published offers cannot be read");
    table_.replace(name, std::move(offers));
    return;
  }
  // An offer that cannot be read now is not gone: the last known offers stay, so that burst nodes do too.
  std::string reason = unavailable_reason(*provider, remote.get());
  if (reason.empty()) reason = "the provider's capacity is being read";
  std::vector<market::Offer> kept;
  keep_unread(kept, last_known(name), reason);
  table_.replace(name, std::move(kept));
}

std::vector<market::Offer> OfferController::last_known(const std::string& provider) const {
  std::vector<market::Offer> last;
  for (auto& offer : table_.current()) {
    if (offer.provider == provider) last.push_back(std::move(offer));
  }
  if (!last.empty()) return last;
  for (const auto& record : home_.offers.store().all()) {
    if (record->offer.provider == provider && is_ours(*record)) last.push_back(record->offer);
  }
  return last;
}

base::Result<kube::Next> OfferController::reconcile(const std::string& name) {
  const auto offer = table_.find(name);
  const auto written = home_.offers.store().get({{}, name});
  if (written && !is_ours(*written)) {
    if (offer)
      base::log_warning("a GPUOffer that is not ours has the name of one of ours", {{"offer", name}});
    return kube::Next{};
  }
  if (!offer) {
    if (written) {
      if (auto removed = remove(*written); !removed) return base::fail(std::move(removed.error()));
    }
    std::lock_guard lock(mutex_);
    pacers_.erase(name);
    return kube::Next{};
  }
  if (!written) return create(*offer);
  return write(*offer, *written);
}

base::Result<kube::Next> OfferController::create(const market::Offer& offer) {
  const auto provider = home_.provider(offer.provider);
  if (!provider) return kube::Next{};
  const nlohmann::json owner{{"apiVersion", api::kProviders.api_version()},
                             {"kind", api::kProviders.kind},
                             {"name", provider->meta.name},
                             {"uid", provider->meta.uid},
                             {"controller", true}};
  const nlohmann::json object{
      {"apiVersion", api::kOffers.api_version()},
      {"kind", api::kOffers.kind},
      {"metadata", {{"name", offer.name}, {"ownerReferences", nlohmann::json::array({owner})}}},
      {"spec", api::offer_spec(offer)}};
  const auto created = home_.client.create(api::kOffers, {}, object);
  if (!created) {
    // The watch has not brought it yet; its owner shows when it has.
    if (created.error().is(base::Code::kAlreadyExists)) return kube::Next{.again_after = kube::kUntilSeen};
    return base::fail(created.error());
  }
  return kube::Next{};  // its status follows when the watch brings it
}

base::Result<kube::Next> OfferController::write(const market::Offer& offer, const api::OfferRecord& written) {
  const auto spec = kube::merge_diff(api::offer_spec(written.offer), api::offer_spec(offer));
  auto before =
      nlohmann::json::parse(written.status_text.empty() ? "{}" : written.status_text, nullptr, false);
  if (!before.is_object()) before = nlohmann::json::object();
  const auto status = kube::merge_diff(before, api::offer_status(offer));
  // Free capacity changes with every pod; any other change is rare and written at once.
  bool urgent = !spec.empty();
  for (const auto& [key, value] : status.items())
    urgent = urgent || (key != "freeGPUs" && key != "freeBlocks");
  const auto now = home_.clock.steady_now();
  {
    std::lock_guard lock(mutex_);
    auto& pacer = pacers_.try_emplace(offer.name, kFirstOfferWriteAfter, kOfferWritesApart).first->second;
    if (spec.empty() && status.empty()) {
      pacer.unchanged();
      return kube::Next{};
    }
    if (const auto wait = pacer.wait(now); !urgent && wait > milliseconds(0)) {
      return kube::Next{.again_after = wait};
    }
    pacer.written(now);
  }
  const auto patch = [&](const char* part, const nlohmann::json& change, std::string_view subresource) {
    const nlohmann::json body{{"metadata", {{"uid", written.meta.uid}}}, {part, change}};
    return home_.client.patch(api::kOffers, {}, offer.name, kube::PatchType::kMerge, body.dump(),
                              subresource);
  };
  if (!spec.empty()) {
    if (const auto reply = patch("spec", spec, {}); !reply) return base::fail(reply.error());
  }
  if (!status.empty()) {
    if (const auto reply = patch("status", status, "status"); !reply) return base::fail(reply.error());
  }
  return kube::Next{};
}

base::Outcome OfferController::remove(const api::OfferRecord& written) {
  kube::DeleteOptions options;
  options.uid = written.meta.uid;
  return home_.client.remove(api::kOffers, {}, written.meta.name, options);
}

}  // namespace op
