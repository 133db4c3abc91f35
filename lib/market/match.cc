#include "market/match.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

namespace market {
namespace {

/// What the strategy looks at before price; smaller is better.
std::int64_t preference(const ClaimRules& claim, const Offer& offer, std::int64_t gpus) {
  switch (claim.strategy) {
    case Strategy::kCheapest:
      return 0;
    case Strategy::kNearest:
      if (!claim.near || !offer.coordinates) return std::numeric_limits<std::int64_t>::max();
      return distance_km(*claim.near, *offer.coordinates);
    case Strategy::kFastest:
      // Where most such pods fit now, the next one is placed soonest and least likely refused.
      if (gpus < 1 || gpus > static_cast<std::int64_t>(offer.free_blocks.size())) return 0;
      return -offer.free_blocks[static_cast<std::size_t>(gpus - 1)];
  }
  std::abort();
}

}  // namespace

Verdict judge(const ClaimRules& claim, const Offer& offer) {
  for (const Rule& rule : hard_rules()) {
    if (std::string reason = rule.check(claim, offer); !reason.empty()) return {rule.name, std::move(reason)};
  }
  return {};
}

bool has_room(const Offer& offer, std::int64_t gpus) {
  if (!offer.available || gpus < 1 || gpus > static_cast<std::int64_t>(offer.free_blocks.size()))
    return false;
  return offer.free_blocks[static_cast<std::size_t>(gpus - 1)] > 0;
}

std::vector<const Offer*> rank(const ClaimRules& claim, std::span<const Offer* const> offers,
                               std::int64_t gpus) {
  struct Ranked {
    bool full;
    std::int64_t preference;
    Money price;
    const Offer* offer;
    auto key() const { return std::tie(full, preference, price, offer->name); }
  };
  std::vector<Ranked> ranked;
  for (const Offer* offer : offers) {
    if (!offer->available || !judge(claim, *offer).fits()) continue;
    const Money price =
        offer->price ? offer->price->per_gpu_hour : Money{std::numeric_limits<std::int64_t>::max()};
    ranked.push_back({!has_room(*offer, gpus), preference(claim, *offer, gpus), price, offer});
  }
  std::ranges::stable_sort(ranked, [](const Ranked& a, const Ranked& b) { return a.key() < b.key(); });
  std::vector<const Offer*> out;
  out.reserve(ranked.size());
  for (const Ranked& entry : ranked) out.push_back(entry.offer);
  return out;
}

}  // namespace market
