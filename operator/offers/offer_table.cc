#include "operator/offers/offer_table.h"

#include <tuple>
#include <utility>

namespace op {
namespace {

auto terms(const market::Offer& o) {
  return std::tie(o.name, o.provider, o.region, o.node_requirements, o.country, o.jurisdiction,
                  o.certifications, o.gpu.model, o.gpu.form, o.gpu.memory_gib, o.gpu.product, o.gpu.shared,
                  o.capacity_type, o.total_gpus, o.available, o.unavailable_reason);
}

bool same_price(const std::optional<market::Price>& a, const std::optional<market::Price>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return std::tie(a->per_gpu_hour, a->currency, a->as_of, a->kind, a->stale) ==
         std::tie(b->per_gpu_hour, b->currency, b->as_of, b->kind, b->stale);
}

bool same_place(const std::optional<market::Coordinates>& a, const std::optional<market::Coordinates>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->latitude_milli == b->latitude_milli && a->longitude_milli == b->longitude_milli;
}

}  // namespace

bool same_offer(const market::Offer& a, const market::Offer& b) {
  return terms(a) == terms(b) && same_price(a.price, b.price) && same_place(a.coordinates, b.coordinates) &&
         a.free_gpus == b.free_gpus && a.free_blocks == b.free_blocks;
}

std::vector<market::Offer> OfferTable::current() const {
  std::lock_guard lock(mutex_);
  std::vector<market::Offer> out;
  out.reserve(offers_.size());
  for (const auto& [name, offer] : offers_) out.push_back(offer);
  return out;
}

std::optional<market::Offer> OfferTable::find(const std::string& name) const {
  std::lock_guard lock(mutex_);
  const auto it = offers_.find(name);
  if (it == offers_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::string> OfferTable::replace(const std::string& provider, std::vector<market::Offer> offers) {
  std::vector<std::string> changed;
  {
    std::lock_guard lock(mutex_);
    std::map<std::string, market::Offer> fresh;
    for (auto& offer : offers) fresh.insert_or_assign(offer.name, std::move(offer));
    for (auto it = offers_.begin(); it != offers_.end();) {
      if (it->second.provider != provider || fresh.contains(it->first)) {
        ++it;
        continue;
      }
      changed.push_back(it->first);
      it = offers_.erase(it);
    }
    for (auto& [name, offer] : fresh) {
      const auto it = offers_.find(name);
      if (it != offers_.end() && same_offer(it->second, offer)) continue;
      changed.push_back(name);
      offers_.insert_or_assign(name, std::move(offer));
    }
  }
  for (const auto& listener : listeners_) {
    for (const auto& name : changed) listener(name);
  }
  return changed;
}

}  // namespace op
