#include "operator/offers/offer_builder.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "burst/names.h"
#include "market/gpu.h"
#include "market/gpu_catalogue.h"
#include "operator/offers/node_dialect.h"
#include "operator/offers/node_pins.h"

namespace op {
namespace {

/// The most GPUs of a single machine today; declared capacity is taken to come in such machines.
constexpr std::int64_t kGpusOfMachine = 8;

const market::Profile& facts_of(const ProviderView& view) {
  static const market::Profile kUnknown;
  return view.provider->facts ? *view.provider->facts : kUnknown;
}

/// The properties that distinguish offers of one provider, and the name that follows from them.
struct OfferKind : NodeKind {
  /// The model with its distinguishing properties. Names never depend on what else the provider has: they
  /// name burst nodes, which must not change when another size arrives. So the usual size and form have no
  /// suffix, others always do.
  std::string variant() const {
    std::string text = gpu.model.empty() ? (gpu.product.empty() ? "gpu" : gpu.product) : gpu.model;
    for (const auto& entry : market::catalogue()) {
      if (gpu.model.empty() || entry.model.name != gpu.model) continue;
      const bool usual = gpu.memory_gib == 0 || gpu.memory_gib == entry.sizes.front();
      if (entry.model.memory_gib == 0 && !usual) text += "-" + std::to_string(gpu.memory_gib) + "gb";
      if (entry.model.form.empty() && gpu.form == "PCIe") text += "-pcie";
    }
    if (gpu.shared && !gpu.model.empty()) text += "-shared";
    return text;
  }
  std::string name(const std::string& provider) const {
    return market::offer_name(provider, region.empty() ? "unknown" : region, variant(), type);
  }
};

/// The price of the provider's public API; a contract price goes before it.
std::optional<market::Price> price_of(const std::optional<FeedState>& feed, const OfferKind& kind) {
  if (!feed || !feed->snapshot) return std::nullopt;
  auto price = market::feed_price(*feed->snapshot, kind.gpu, kind.region, kind.type);
  if (price) price->stale = feed->stale;
  return price;
}

/// The most binding price that is known.
std::optional<market::Price> price_of(const ProviderView& view, const OfferKind& kind) {
  const auto& provider = *view.provider;
  auto listed =
      market::pick_price(provider.prices, kind.gpu, kind.region, kind.type, view.now, provider.price_max_age);
  if (listed && listed->kind < market::PriceKind::kFeed) return listed;
  const auto fed = price_of(view.feed, kind);
  return fed ? fed : listed;
}

market::Offer start_offer(const ProviderView& view, const OfferKind& kind) {
  const auto& provider = *view.provider;
  market::Offer offer;
  offer.name = kind.name(provider.meta.name);
  offer.provider = provider.meta.name;
  offer.region = kind.region;
  for (const auto& region : provider.regions) {
    if (region.name != kind.region) continue;
    offer.country = region.country;
    offer.coordinates = region.coordinates;
  }
  offer.jurisdiction = provider.jurisdiction;
  offer.certifications = provider.certifications;
  offer.gpu = kind.gpu;
  offer.capacity_type = kind.type;
  offer.price = price_of(view, kind);
  offer.available = view.unavailable.empty();
  offer.unavailable_reason = view.unavailable;
  return offer;
}

struct NodeLoad {
  std::int64_t used = 0;
  std::int64_t ours = 0;
};

using Offers = std::map<std::string, market::Offer>;

/// The region of nodes without a region label, where the provider has only one region.
std::string region_of(const NodeKind& kind, const api::ProviderRecord& provider) {
  if (!kind.region.empty() || provider.regions.size() != 1) return kind.region;
  return provider.regions.front().name;
}

/// The kind of a node, from its labels and its provider's owner.
OfferKind kind_at(const kube::NodeRecord& node, const ProviderView& view) {
  OfferKind kind{kind_of(node, facts_of(view))};
  kind.region = region_of(kind, *view.provider);
  return kind;
}

NodesByOffer nodes_by_offer(const ProviderView& view) {
  NodesByOffer out;
  for (const auto& node : view.nodes) {
    if (node->allocatable_of(burst::kGpuResource) <= 0) continue;
    out[kind_at(*node, view).name(view.provider->meta.name)].push_back(node.get());
  }
  for (auto& [name, nodes] : out) {
    std::ranges::sort(nodes, {}, [](const kube::NodeRecord* node) { return node->meta.name; });
  }
  return out;
}

void add_observed(const ProviderView& view, Offers& offers) {
  const market::Profile& facts = facts_of(view);
  std::map<std::string_view, NodeLoad> loads;
  for (const auto& pod : view.pods) {
    auto& load = loads[pod.node];
    load.used += pod.gpus;
    if (pod.ours) load.ours += pod.gpus;
  }
  for (const auto& node : view.nodes) {
    const std::int64_t gpus = node->allocatable_of(burst::kGpuResource);
    if (gpus <= 0) continue;
    const OfferKind kind = kind_at(*node, view);
    const auto found = loads.find(node->meta.name);
    const NodeLoad load = found == loads.end() ? NodeLoad{} : found->second;
    const bool usable = takes_twins(*node, facts);
    if (!usable && load.ours == 0) continue;
    auto fresh = start_offer(view, kind);
    auto& offer = offers.try_emplace(fresh.name, std::move(fresh)).first->second;
    if (offer.gpu.form != kind.gpu.form) offer.gpu.form.clear();  // mixed: unknown fails a required rule
    // The same nodes in another order must give the same offer.
    offer.gpu.product = std::min(offer.gpu.product, kind.gpu.product);
    offer.gpu.memory_gib = std::min(offer.gpu.memory_gib, kind.gpu.memory_gib);
    offer.total_gpus += usable ? gpus : load.ours;
    if (!usable) continue;
    const std::int64_t free = std::max<std::int64_t>(gpus - load.used, 0);
    offer.free_gpus += free;
    for (std::size_t k = 1; k <= offer.free_blocks.size(); ++k) {
      offer.free_blocks[k - 1] += free / static_cast<std::int64_t>(k);
    }
  }
}

/// Declared machines are taken to be filled one after the other.
void fill_declared(market::Offer& offer, std::int64_t free) {
  offer.free_gpus = free;
  for (std::size_t i = 0; i < offer.free_blocks.size(); ++i) {
    const auto k = static_cast<std::int64_t>(i) + 1;
    offer.free_blocks[i] = free / kGpusOfMachine * (kGpusOfMachine / k) + free % kGpusOfMachine / k;
  }
}

void add_declared(const ProviderView& view, Offers& offers) {
  const auto& fixed = facts_of(view).autoscaling.never_models;
  for (const auto& declared : view.provider->declared) {
    // Autoscalers do not add whole racks: only existing ones count.
    const bool never_added = view.provider->capacity_mode == api::CapacityMode::kAutoscaling &&
                             std::ranges::find(fixed, declared.model) != fixed.end();
    if (never_added) continue;
    OfferKind kind;
    kind.region = declared.region.empty() && view.provider->regions.size() == 1
                      ? view.provider->regions.front().name
                      : declared.region;
    kind.gpu = market::identify_gpu(declared.model, declared.memory_gib * 1024);
    kind.gpu.model = declared.model;
    if (kind.gpu.memory_gib == 0) kind.gpu.memory_gib = declared.memory_gib;
    kind.gpu.product.clear();  // the nodes' own name for it is not known
    kind.type = declared.capacity_type;
    auto fresh = start_offer(view, kind);
    auto& offer = offers.try_emplace(fresh.name, std::move(fresh)).first->second;
    // Nodes that exist today are part of the declared ones.
    offer.total_gpus = std::max(offer.total_gpus, declared.gpus);
    const auto held = view.held.find(offer.name);
    fill_declared(offer,
                  std::max<std::int64_t>(offer.total_gpus - (held == view.held.end() ? 0 : held->second), 0));
  }
}

/// Where the nodes are not known, the labels that the profile trusts most must hold twins to the right ones.
void hold_to_claim(market::Offer& offer, const market::Profile& facts) {
  const auto hold = [&](const std::vector<std::string>& keys, const std::string& value) {
    if (keys.empty() || value.empty()) return;
    market::NodeRequirement need{keys.front(), true, {value}};
    if (std::ranges::find(offer.node_requirements, need) == offer.node_requirements.end()) {
      offer.node_requirements.push_back(std::move(need));
    }
  };
  hold(facts.region_labels, offer.region);
  hold(facts.gpu_labels, offer.gpu.product);
}

void add_published(const ProviderView& view, Offers& offers) {
  std::set<std::string> seen;
  for (const auto& published : read_published(view.published, view.now, view.provider->price_max_age)) {
    const market::Offer& claim = published.claim;
    OfferKind kind{NodeKind{claim.region, claim.gpu, claim.capacity_type}};
    kind.region = region_of(kind, *view.provider);
    const std::string name = kind.name(view.provider->meta.name);
    if (!seen.insert(name).second) continue;  // two claims of one offer: the first by name counts
    const bool known = offers.contains(name);
    if (!known) offers.emplace(name, start_offer(view, kind));
    market::Offer& offer = offers.at(name);
    take_facts(offer, claim);
    if (!known || !view.nodes_known) hold_to_claim(offer, facts_of(view));
    const auto held = view.held.find(name);
    const std::int64_t ours = held == view.held.end() ? 0 : held->second;
    if (published.outdated.empty()) {
      take_capacity(offer, claim, ours);
    } else if (!known) {
      withdraw(offer, published, ours);
    }
  }
}

void cap(market::Offer& offer, std::int64_t most, std::int64_t in_use) {
  offer.total_gpus = std::min(offer.total_gpus, std::max(most, in_use));
  limit_free(offer, std::max<std::int64_t>(most - in_use, 0));
}

}  // namespace

void limit_free(market::Offer& offer, std::int64_t most) {
  offer.free_gpus = std::min(offer.free_gpus, most);
  for (std::size_t i = 0; i < offer.free_blocks.size(); ++i) {
    offer.free_blocks[i] = std::min(offer.free_blocks[i], most / (static_cast<std::int64_t>(i) + 1));
  }
}

std::vector<market::Offer> build_offers(const ProviderView& view) {
  Offers offers;
  const auto& provider = *view.provider;
  if (view.nodes_known && provider.capacity_mode != api::CapacityMode::kDeclared) add_observed(view, offers);
  if (!view.nodes_known || provider.capacity_mode != api::CapacityMode::kObserved) add_declared(view, offers);
  const auto nodes = nodes_by_offer(view);
  for (auto& [name, offer] : offers) {
    offer.node_requirements = node_requirements_of(offer, nodes, facts_of(view));
  }
  add_published(view, offers);
  std::int64_t in_use = 0;
  for (const auto& pod : view.pods) in_use += pod.ours ? pod.gpus : 0;
  std::vector<market::Offer> out;
  out.reserve(offers.size());
  for (auto& [name, offer] : offers) {
    if (provider.max_gpus) cap(offer, *provider.max_gpus, in_use);
    out.push_back(std::move(offer));
  }
  return out;
}

}  // namespace op
