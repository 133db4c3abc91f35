#include "market/match.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace market {

bool fits(const ClaimRules& claim, const Offer& offer) {
  return std::ranges::all_of(hard_rules(), [&](const Rule& rule) { return rule.holds(claim, offer); });
}

Verdict judge(const ClaimRules& claim, const Offer& offer) {
  for (const Rule& rule : hard_rules()) {
    if (!rule.holds(claim, offer)) return {rule.name, rule.reason(claim, offer)};
  }
  return {};
}

std::vector<Verdict> explain(const ClaimRules& claim, const Offer& offer) {
  std::vector<Verdict> failing;
  for (const Rule& rule : hard_rules()) {
    if (!rule.holds(claim, offer)) failing.push_back({rule.name, rule.reason(claim, offer)});
  }
  return failing;
}

std::vector<const Offer*> rank(const ClaimRules& claim, std::span<const Offer* const> offers,
                               std::int64_t gpus) {
  std::vector<const Offer*> fitting;
  for (const Offer* offer : offers) {
    if (offer->available && fits(claim, *offer)) fitting.push_back(offer);
  }
  return rank_fitting(claim, fitting, gpus);
}

std::vector<const Offer*> rank_fitting(const ClaimRules& claim, std::span<const Offer* const> fitting,
                                       std::int64_t gpus) {
  struct Ranked {
    std::array<std::int64_t, kMostScores> scores{};
    const Offer* offer = nullptr;
    auto key() const { return std::tie(scores, offer->name); }
  };
  const std::span<const Score> scores = soft_scores(claim.strategy);
  std::vector<Ranked> ranked;
  ranked.reserve(fitting.size());
  for (const Offer* offer : fitting) {
    if (!offer->available) continue;
    Ranked& entry = ranked.emplace_back();
    entry.offer = offer;
    for (std::size_t i = 0; i < scores.size(); ++i) entry.scores[i] = scores[i].of(claim, *offer, gpus);
  }
  std::ranges::stable_sort(ranked, [](const Ranked& a, const Ranked& b) { return a.key() < b.key(); });
  std::vector<const Offer*> out;
  out.reserve(ranked.size());
  for (const Ranked& entry : ranked) out.push_back(entry.offer);
  return out;
}

}  // namespace market
