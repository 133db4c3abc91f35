#include "burst/choose.h"

#include <algorithm>

#include "market/match.h"

namespace burst {
namespace {

/// A twin that could run for less than this is not worth starting.
constexpr std::int64_t kLeastSeconds = 60;

const Refusal* live_refusal(const Burst& burst, const std::string& offer, base::Time now) {
  for (const Refusal& r : burst.refusals) {
    if (r.offer == offer && r.until > now) return &r;
  }
  return nullptr;
}

bool has_room_now(const market::Offer& offer, const Holdings& holdings, std::int64_t gpus) {
  market::Offer rest = offer;
  if (auto it = holdings.unplaced_gpus.find(offer.name); it != holdings.unplaced_gpus.end()) {
    rest.free_gpus -= it->second;
  }
  return rest.free_gpus >= gpus && market::has_room(rest, gpus);
}

}  // namespace

std::int64_t affordable_seconds(market::Money left, market::Money per_gpu_hour, std::int64_t gpus,
                                std::chrono::milliseconds lifetime) {
  const std::int64_t most = std::chrono::floor<std::chrono::seconds>(lifetime).count();
  if (per_gpu_hour.micros <= 0 || gpus <= 0) return most;
  if (left.micros <= 0) return 0;
  std::int64_t per_hour = 0;
  if (__builtin_mul_overflow(per_gpu_hour.micros, gpus, &per_hour)) return 0;
  // Whole hours and the rest apart, so that nothing overflows.
  const std::int64_t hours = left.micros / per_hour;
  if (hours >= most / 3600 + 1) return most;
  const std::int64_t rest = left.micros % per_hour;
  std::int64_t scaled = 0;
  const std::int64_t seconds = __builtin_mul_overflow(rest, std::int64_t{3600}, &scaled)
                                   ? rest / (per_hour / 3600)
                                   : scaled / per_hour;
  return std::min(most, hours * 3600 + seconds);
}

Choice choose(const market::ClaimRules& rules, std::span<const market::Offer* const> offers,
              const Burst& burst, const Holdings& holdings, const std::string& only_node, base::Time now) {
  Choice choice;
  // 1. Limits of the claim itself.
  if (rules.max_gpus && holdings.claim_gpus + burst.gpus > *rules.max_gpus) {
    choice.waiting_for =
        "the claim's limit of " + std::to_string(*rules.max_gpus) + " GPUs (gpus.max) is reached";
    return choice;
  }
  // 2. Candidates: what the scheduler passed and the law allows.
  std::vector<const market::Offer*> candidates;
  std::string denied;
  for (const market::Offer* offer : offers) {
    const std::string node = market::burst_node_name(offer->name);
    const bool passed = only_node.empty()
                            ? std::ranges::find(burst.candidates, node) != burst.candidates.end()
                            : node == only_node;
    if (!passed) continue;
    if (auto verdict = market::judge(rules, *offer); !verdict.fits()) {
      denied = verdict.reason;
      continue;
    }
    candidates.push_back(offer);
  }
  if (candidates.empty()) {
    choice.waiting_for =
        denied.empty() ? "no offer that the claim allows passed the scheduler's filters" : denied;
    return choice;
  }
  // 3. Best first: room, refusals, money.
  choice.waiting_for = "no allowed offer has room";
  for (const market::Offer* offer : market::rank(rules, candidates, burst.gpus)) {
    if (!offer->available) {
      choice.waiting_for = offer->unavailable_reason;
      continue;
    }
    if (const Refusal* refusal = live_refusal(burst, offer->name, now)) {
      if (!choice.retry_at || refusal->until < *choice.retry_at) choice.retry_at = refusal->until;
      choice.waiting_for = "offer " + offer->name + " was refused: " + refusal->message;
      continue;
    }
    if (!has_room_now(*offer, holdings, burst.gpus)) continue;
    std::int64_t limit = std::chrono::floor<std::chrono::seconds>(rules.lifetime).count();
    if (rules.budget && offer->price) {
      limit = affordable_seconds(rules.budget->amount - holdings.claim_committed, offer->price->per_gpu_hour,
                                 burst.gpus, rules.lifetime);
      if (limit < kLeastSeconds) {
        choice.waiting_for = "the claim's budget is spent or reserved by its running pods";
        continue;
      }
    }
    choice.offer = offer;
    choice.limit_seconds = limit;
    choice.waiting_for.clear();
    return choice;
  }
  return choice;
}

}  // namespace burst
