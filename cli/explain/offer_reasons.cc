#include "cli/explain/offer_reasons.h"

#include <algorithm>
#include <tuple>

#include "base/time_text.h"
#include "cli/explain/mends.h"
#include "cli/failing_rules.h"
#include "market/match.h"

namespace cli {
namespace {

using market::Offer;

void add_rules(const api::ClaimRecord& claim, const Offer& offer, std::vector<Obstacle>& out) {
  for (const market::Verdict& verdict : failing_rules(claim.rules, offer)) {
    out.push_back({std::string(verdict.rule), verdict.reason, mend_rule(claim, offer, verdict.rule)});
  }
}

/// The fix for an unusable offer is the command that shows its provider's trouble.
void add_unavailable(const Offer& offer, std::vector<Obstacle>& out) {
  if (offer.available) return;
  out.push_back({"available", offer.unavailable_reason.empty() ? "not available" : offer.unavailable_reason,
                 "kubectl describe neocloudprovider " + shell_word(offer.provider)});
}

void add_not_candidate(const Candidate& candidate, const api::OfferRecord& record,
                       std::vector<Obstacle>& out) {
  const burst::Burst* burst = candidate.burst;
  if (burst == nullptr || burst->ended()) return;
  const std::string node = market::burst_node_name(record.offer.name);
  if (std::ranges::find(burst->candidates, node) != burst->candidates.end()) return;
  out.push_back(
      {"candidate",
       "its burst node did not pass the scheduler's filters for this pod (affinity, taints, resources)",
       "kubectl -n " + shell_word(burst->ns) + " describe pod " + shell_word(burst->pod_name)});
}

void add_refusal(const Candidate& candidate, const Offer& offer, base::Time now, std::vector<Obstacle>& out) {
  if (candidate.burst == nullptr) return;
  for (const burst::Refusal& refusal : candidate.burst->refusals) {
    if (refusal.offer != offer.name || refusal.until <= now) continue;
    out.push_back({"refused",
                   refusal.reason + (refusal.message.empty() ? "" : ": " + refusal.message) +
                       "; not tried again before " + base::format_time(refusal.until),
                   ""});
  }
}

void add_room(const Offer& offer, std::int64_t gpus, std::vector<Obstacle>& out) {
  if (!offer.available || market::has_room(offer, gpus)) return;
  const std::string wanted =
      gpus == 1 ? "no GPU is free" : "no node has " + std::to_string(gpus) + " free GPUs";
  out.push_back(
      {"room",
       wanted + " (" + std::to_string(offer.free_gpus) + " of " + std::to_string(offer.total_gpus) + " free)",
       ""});
}

/// The place of each offer in the claim's order; those that are not ranked come behind.
std::size_t rank_in(const std::vector<const Offer*>& ranked, const Offer* offer) {
  return static_cast<std::size_t>(std::ranges::find(ranked, offer) - ranked.begin());
}

}  // namespace

bool fits_claim(const JudgedOffer& judged) {
  return std::ranges::none_of(judged.obstacles, [](const Obstacle& obstacle) {
    return std::ranges::any_of(market::hard_rules(),
                               [&](const market::Rule& rule) { return rule.name == obstacle.rule; });
  });
}

std::vector<JudgedOffer> judge_offers(const Facts& facts, const Candidate& candidate) {
  std::vector<JudgedOffer> out;
  std::vector<const Offer*> offers;
  for (const api::OfferRecord& record : facts.offers) {
    JudgedOffer judged{&record.offer, {}};
    add_rules(*candidate.claim, record.offer, judged.obstacles);
    add_unavailable(record.offer, judged.obstacles);
    add_not_candidate(candidate, record, judged.obstacles);
    add_refusal(candidate, record.offer, facts.now, judged.obstacles);
    add_room(record.offer, candidate.gpus, judged.obstacles);
    offers.push_back(&record.offer);
    out.push_back(std::move(judged));
  }
  const auto ranked = market::rank(candidate.claim->rules, offers, candidate.gpus);
  std::ranges::stable_sort(out, {}, [&](const JudgedOffer& judged) {
    return std::tuple(!judged.obstacles.empty(), !fits_claim(judged), rank_in(ranked, judged.offer),
                      judged.offer->name);
  });
  return out;
}

}  // namespace cli
