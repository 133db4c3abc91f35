#include "market/scores.h"

#include <array>
#include <cstdlib>
#include <limits>

#include "market/rules.h"

namespace market {
namespace {

constexpr std::int64_t kWorst = std::numeric_limits<std::int64_t>::max();

/// How many more pods of `gpus` GPUs fit; 0 for sizes no node has.
std::int64_t free_blocks(const Offer& offer, std::int64_t gpus) {
  if (gpus < 1 || gpus > static_cast<std::int64_t>(offer.free_blocks.size())) return 0;
  return offer.free_blocks[static_cast<std::size_t>(gpus - 1)];
}

struct Room {
  static std::int64_t of(const ClaimRules&, const Offer& offer, std::int64_t gpus) {
    return has_room(offer, gpus) ? 0 : 1;
  }
  static std::string text(const ClaimRules&, const Offer& offer, std::int64_t gpus) {
    return has_room(offer, gpus) ? "has room now" : "has no room now";
  }
};

struct Distance {
  static std::int64_t of(const ClaimRules& claim, const Offer& offer, std::int64_t) {
    return claim.near && offer.coordinates ? distance_km(*claim.near, *offer.coordinates) : kWorst;
  }
  static std::string text(const ClaimRules& claim, const Offer& offer, std::int64_t gpus) {
    if (!claim.near) return "the claim names no place to be near to";
    if (!offer.coordinates) return "the place of the data centre is unknown";
    return std::to_string(of(claim, offer, gpus)) + " km away";
  }
};

struct FreeBlocks {
  static std::int64_t of(const ClaimRules&, const Offer& offer, std::int64_t gpus) {
    return -free_blocks(offer, gpus);
  }
  static std::string text(const ClaimRules&, const Offer& offer, std::int64_t gpus) {
    return std::to_string(free_blocks(offer, gpus)) + " such pods fit now";
  }
};

struct PerGpuHour {
  static std::int64_t of(const ClaimRules& claim, const Offer& offer, std::int64_t) {
    if (!offer.price) return kWorst;
    const auto price = price_in_claim_currency(claim, *offer.price);
    return price ? price->micros : kWorst;
  }
  static std::string text(const ClaimRules& claim, const Offer& offer, std::int64_t) {
    return offer.price ? price_text(claim, *offer.price) : "the price is unknown";
  }
};

template <typename T>
constexpr Score score(std::string_view name) {
  return {name, T::of, T::text};
}

constexpr std::array kCheapest{score<Room>("room"), score<PerGpuHour>("price")};
constexpr std::array kNearest{score<Room>("room"), score<Distance>("distance"), score<PerGpuHour>("price")};
constexpr std::array kFastest{score<Room>("room"), score<FreeBlocks>("freeBlocks"),
                              score<PerGpuHour>("price")};
static_assert(kCheapest.size() <= kMostScores && kNearest.size() <= kMostScores &&
              kFastest.size() <= kMostScores);

}  // namespace

std::span<const Score> soft_scores(Strategy strategy) {
  switch (strategy) {
    case Strategy::kCheapest:
      return kCheapest;
    case Strategy::kNearest:
      return kNearest;
    case Strategy::kFastest:
      return kFastest;
  }
  std::abort();
}

bool has_room(const Offer& offer, std::int64_t gpus) {
  return offer.available && free_blocks(offer, gpus) > 0;
}

}  // namespace market
