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

/// How long a pod may hold its GPUs, and what set that; 0 seconds with the reason why not at all.
struct Limit {
  std::int64_t seconds = 0;
  LimitReason reason = LimitReason::kLifetime;
  std::string refused = {};
  std::optional<base::Time> retry_at = std::nullopt;

  void lower(std::int64_t most) {
    if (most >= seconds) return;
    seconds = most;
    reason = LimitReason::kBudget;
  }
};

/// What a budget of `amount` leaves, in `currency`; fails where an exchange rate is missing.
base::Result<market::Money> left_of(market::Money amount, const market::Amounts& committed,
                                    std::string_view currency, const market::ExchangeRates& rates) {
  auto total = market::total_in(committed, currency, rates);
  if (!total) return total;
  return amount - *total;
}

/// Lowers `limit` to what is left of one budget and to the end of its period.
void bound_by(Limit& limit, base::Result<market::Money> left, market::Money per_gpu_hour, std::int64_t gpus,
              market::BudgetPeriod period, std::string_view whose, base::Time now) {
  if (!left) {
    limit = {.refused = left.error().message};
    return;
  }
  const std::int64_t least = std::min(kLeastSeconds, limit.seconds);
  const auto ends = market::period_end(period, now);
  limit.lower(affordable_seconds(*left, per_gpu_hour, gpus, std::chrono::seconds(limit.seconds)));
  if (limit.seconds < least) {
    limit = {.refused = std::string(whose) + std::string(market::period_phrase(period)) +
                        " is spent or reserved by running pods",
             .retry_at = ends};
    return;
  }
  if (!ends) return;
  limit.lower(std::chrono::floor<std::chrono::seconds>(*ends - now).count());
  if (limit.seconds < least) {
    limit = {.refused = std::string(whose) + std::string(market::period_phrase(period)) + " is about to end",
             .retry_at = ends};
  }
}

Limit limit_of(const market::ClaimRules& rules, const market::Offer& offer, market::Money claim_price,
               std::int64_t gpus, const Holdings& holdings, base::Time now) {
  Limit limit{.seconds = std::chrono::floor<std::chrono::seconds>(rules.lifetime).count()};
  if (rules.budget) {
    bound_by(limit, left_of(rules.budget->amount, holdings.claim_committed, rules.currency, rules.rates),
             claim_price, gpus, rules.budget->period, "the claim's budget", now);
  }
  if (rules.ceiling && limit.refused.empty()) {
    const auto& ceiling = *rules.ceiling;
    const auto price =
        market::convert(offer.price->per_gpu_hour, offer.price->currency, ceiling.currency, rules.rates);
    if (!price) {
      return {.refused = "there is no exchange rate from " + offer.price->currency + " to " +
                         ceiling.currency + ", the currency of the cluster's ceiling"};
    }
    bound_by(limit, left_of(ceiling.amount, holdings.all_committed, ceiling.currency, rules.rates), *price,
             gpus, ceiling.period, "the cluster's ceiling on spending", now);
  }
  return limit;
}

/// Keeps the earliest moment at which it is worth trying again.
void earlier(std::optional<base::Time>& at, std::optional<base::Time> other) {
  if (other && (!at || *other < *at)) at = other;
}

/// The offers that the scheduler passed and the law allows, or why there are none.
std::vector<const market::Offer*> candidates_of(const market::ClaimRules& rules,
                                                std::span<const market::Offer* const> offers,
                                                const Burst& burst, const std::string& only_node,
                                                std::string& why_none) {
  std::vector<const market::Offer*> out;
  why_none = "no offer that the claim allows passed the scheduler's filters";
  for (const market::Offer* offer : offers) {
    const std::string node = market::burst_node_name(offer->name);
    const bool passed = only_node.empty()
                            ? std::ranges::find(burst.candidates, node) != burst.candidates.end()
                            : node == only_node;
    if (!passed) continue;
    if (auto verdict = market::judge(rules, *offer); !verdict.fits()) {
      why_none = verdict.reason;
      continue;
    }
    out.push_back(offer);
  }
  return out;
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
              const Burst& burst, const Holdings& holdings, const std::string& only_node, base::Time now,
              std::string_view preferred) {
  Choice choice;
  // 1. Limits of the claim itself.
  if (rules.max_gpus && holdings.claim_gpus + burst.gpus > *rules.max_gpus) {
    choice.waiting_for =
        "the claim's limit of " + std::to_string(*rules.max_gpus) + " GPUs (gpus.max) is reached";
    return choice;
  }
  // 2. Candidates: the offers that the scheduler passed and the law allows.
  const auto candidates = candidates_of(rules, offers, burst, only_node, choice.waiting_for);
  if (candidates.empty()) return choice;
  // 3. Best first: room, refusals, money.
  choice.waiting_for = "no allowed offer has room";
  auto ranked = market::rank(rules, candidates, burst.gpus);
  std::stable_partition(ranked.begin(), ranked.end(),
                        [&](const market::Offer* offer) { return offer->name == preferred; });
  for (const market::Offer* offer : ranked) {
    if (!offer->available) {
      choice.waiting_for = offer->unavailable_reason;
      continue;
    }
    if (const Refusal* refusal = live_refusal(burst, offer->name, now)) {
      earlier(choice.retry_at, refusal->until);
      choice.waiting_for = "offer " + offer->name + " was refused: " + refusal->message;
      continue;
    }
    if (!has_room_now(*offer, holdings, burst.gpus) || !offer->price) continue;
    const auto price =
        market::convert(offer->price->per_gpu_hour, offer->price->currency, rules.currency, rules.rates);
    if (!price) continue;  // the rule "currency" makes sure that no allowed offer lacks a rate
    Limit limit = limit_of(rules, *offer, *price, burst.gpus, holdings, now);
    if (!limit.refused.empty()) {
      choice.waiting_for = std::move(limit.refused);
      earlier(choice.retry_at, limit.retry_at);
      continue;
    }
    choice.offer = offer;
    choice.claim_price = *price;
    choice.limit_seconds = limit.seconds;
    choice.limit_reason = limit.reason;
    choice.waiting_for.clear();
    return choice;
  }
  return choice;
}

}  // namespace burst
