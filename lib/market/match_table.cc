#include "market/match_table.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace market {
namespace {

bool same_place(const std::optional<Coordinates>& a, const std::optional<Coordinates>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->latitude_milli == b->latitude_milli && a->longitude_milli == b->longitude_milli;
}

bool same_price(const std::optional<Price>& a, const std::optional<Price>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->per_gpu_hour == b->per_gpu_hour && a->currency == b->currency;
}

/// Equal in everything that a hard rule looks at. The property test of the table fails when a rule looks at
/// more.
bool same_terms(const Offer& a, const Offer& b) {
  const auto facts = [](const Offer& o) {
    return std::tie(o.provider, o.country, o.jurisdiction, o.certifications, o.gpu.model, o.gpu.form,
                    o.gpu.memory_gib, o.gpu.shared, o.capacity_type);
  };
  return facts(a) == facts(b) && same_place(a.coordinates, b.coordinates) && same_price(a.price, b.price);
}

}  // namespace

struct MatchTable::Held {
  Offer offer;
  std::size_t slot = 0;
};

struct MatchTable::Claim {
  std::string_view key;
  ClaimRules rules;
  std::vector<bool> bits;  ///< by slot: fits; may be shorter than there are slots

  bool has(std::size_t slot) const { return slot < bits.size() && bits[slot]; }
  void put(std::size_t slot, bool fits) {
    if (slot >= bits.size()) bits.resize(slot + 1);
    bits[slot] = fits;
  }
  void match(const Held& held) { put(held.slot, market::fits(rules, held.offer)); }
};

MatchTable::MatchTable() = default;
MatchTable::~MatchTable() = default;

MatchTable::Held& MatchTable::add_offer(const std::string& name) {
  Held& held = *offers_.emplace(name, std::make_unique<Held>()).first->second;
  if (free_slots_.empty()) {
    held.slot = slots_.size();
    slots_.push_back(&held);
  } else {
    held.slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[held.slot] = &held;
  }
  return held;
}

void MatchTable::index(Claim& claim) {
  // The rule "model" from the other side: no list means any model, and an unknown model is on no list.
  if (claim.rules.models.empty()) by_model_[""].push_back(&claim);
  for (const std::string& model : claim.rules.models) {
    if (model.empty()) continue;
    auto& listed = by_model_[model];
    if (listed.empty() || listed.back() != &claim) listed.push_back(&claim);
  }
}

void MatchTable::drop_from_index(Claim& claim) {
  const auto drop = [&](const std::string& model) {
    const auto found = by_model_.find(model);
    if (found == by_model_.end()) return;
    std::erase(found->second, &claim);
    if (found->second.empty()) by_model_.erase(found);
  };
  if (claim.rules.models.empty()) drop("");
  for (const std::string& model : claim.rules.models) drop(model);
}

template <typename Visit>
void MatchTable::each_candidate(const std::string& model, Visit visit) {
  const auto visit_all = [&](const std::string& name) {
    const auto found = by_model_.find(name);
    if (found == by_model_.end()) return;
    for (Claim* claim : found->second) visit(*claim);
  };
  visit_all("");
  if (!model.empty()) visit_all(model);
}

void MatchTable::set_claim(std::string_view key, ClaimRules rules) {
  auto found = claims_.find(key);
  if (found == claims_.end()) {
    found = claims_.emplace(key, std::make_unique<Claim>()).first;
    found->second->key = found->first;
  } else {
    drop_from_index(*found->second);
  }
  Claim& claim = *found->second;
  claim.rules = std::move(rules);
  claim.bits.assign(slots_.size(), false);
  index(claim);
  for (const Held* held : slots_) {
    if (held) claim.match(*held);
  }
}

void MatchTable::erase_claim(std::string_view key) {
  const auto found = claims_.find(key);
  if (found == claims_.end()) return;
  drop_from_index(*found->second);
  claims_.erase(found);
}

MatchTable::Claims MatchTable::set_offer(Offer offer) {
  Claims touched;
  auto found = offers_.find(offer.name);
  if (found != offers_.end() && found->second->offer.gpu.model != offer.gpu.model) {
    touched = erase_offer(offer.name);  // other claims are its candidates now
    found = offers_.end();
  }
  const bool both = !touched.empty();
  const bool known = found != offers_.end() && same_terms(found->second->offer, offer);
  Held& held = found == offers_.end() ? add_offer(offer.name) : *found->second;
  held.offer = std::move(offer);
  each_candidate(held.offer.gpu.model, [&](Claim& claim) {
    const bool fitted = claim.has(held.slot);
    if (!known) claim.match(held);
    if (fitted || claim.has(held.slot)) touched.push_back(claim.key);
  });
  if (both) {  // a claim may take the old model and the new one
    std::ranges::sort(touched);
    const auto twice = std::ranges::unique(touched);
    touched.erase(twice.begin(), twice.end());
  }
  return touched;
}

MatchTable::Claims MatchTable::erase_offer(std::string_view name) {
  Claims touched;
  const auto found = offers_.find(name);
  if (found == offers_.end()) return touched;
  const std::size_t slot = found->second->slot;
  each_candidate(found->second->offer.gpu.model, [&](Claim& claim) {
    if (!claim.has(slot)) return;
    claim.put(slot, false);
    touched.push_back(claim.key);
  });
  slots_[slot] = nullptr;
  free_slots_.push_back(slot);
  offers_.erase(found);
  return touched;
}

bool MatchTable::fits(std::string_view claim, std::string_view offer) const {
  const auto c = claims_.find(claim);
  const auto o = offers_.find(offer);
  return c != claims_.end() && o != offers_.end() && c->second->has(o->second->slot);
}

std::vector<const Offer*> MatchTable::fitting(std::string_view claim) const {
  std::vector<const Offer*> out;
  const auto found = claims_.find(claim);
  if (found == claims_.end()) return out;
  const std::vector<bool>& bits = found->second->bits;
  for (std::size_t slot = 0; slot < bits.size(); ++slot) {
    if (bits[slot]) out.push_back(&slots_[slot]->offer);
  }
  std::ranges::sort(out, {}, [](const Offer* offer) -> std::string_view { return offer->name; });
  return out;
}

std::vector<const Offer*> MatchTable::ranked(std::string_view claim, std::int64_t gpus) const {
  const auto found = claims_.find(claim);
  if (found == claims_.end()) return {};
  return rank_fitting(found->second->rules, fitting(claim), gpus);
}

}  // namespace market
