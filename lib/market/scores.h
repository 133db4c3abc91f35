#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "market/claim.h"
#include "market/offer.h"

namespace market {

/// A soft score: pure, named; orders the offers that fit and never lets one in or out. Smaller is better.
/// An unknown value is the worst.
struct Score {
  std::string_view name;
  /// For one more pod of `gpus` GPUs.
  std::int64_t (*of)(const ClaimRules& claim, const Offer& offer, std::int64_t gpus);
  /// What was scored, in words: "173 km away".
  std::string (*text)(const ClaimRules& claim, const Offer& offer, std::int64_t gpus);
};

/// The most scores that a strategy looks at.
inline constexpr std::size_t kMostScores = 3;

/// What a strategy looks at, the weightiest first; a later one counts only between equals. Offers without
/// room come last under each: they may be tried late, never first.
///
///   Cheapest  room, price
///   Nearest   room, distance, price
///   Fastest   room, freeBlocks, price: where most such pods fit now, the next one is placed soonest and
///             is least likely refused
std::span<const Score> soft_scores(Strategy strategy);

/// True when `gpus` GPUs of one pod fit on one node of the offer now.
bool has_room(const Offer& offer, std::int64_t gpus);

}  // namespace market
