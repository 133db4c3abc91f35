#include "operator/bursts/batch_planner.h"

#include <algorithm>
#include <set>

#include "market/match.h"
#include "market/plan.h"
#include "operator/bursts/gather.h"

namespace op {
namespace {

using namespace std::chrono_literals;

/// Pods come in swarms: one plan serves those of a moment.
constexpr auto kPlanHolds = 100ms;
/// More are planned when these have gone.
constexpr std::size_t kMostPods = 256;

struct Waiting {
  std::shared_ptr<const api::BurstRecord> record;
  std::shared_ptr<const api::ClaimRecord> claim;
};

bool takes_part(const Waiting& w, const std::string& currency, base::Time now) {
  const burst::Burst& b = w.record->burst;
  return w.claim && claim_problem(w.claim.get(), nullptr).empty() &&
         w.claim->rules.strategy == market::Strategy::kCheapest && w.claim->rules.currency == currency &&
         b.requested + w.claim->rules.after <= now;
}

/// In the order of their arrival.
std::vector<Waiting> waiting_pods(const BurstContext& c, const std::string& currency, base::Time now) {
  std::vector<Waiting> out;
  std::map<kube::ObjectKey, std::shared_ptr<const api::ClaimRecord>> claims;
  for (auto& record : c.home.bursts.store().all()) {
    const burst::Burst& b = record->burst;
    if (!record->problem.empty() || b.ended() || b.deleting || burst::has_live_attempt(b)) continue;
    const kube::ObjectKey key{b.ns, b.claim};
    auto claim = claims.find(key);
    if (claim == claims.end()) claim = claims.emplace(key, c.home.claim(key)).first;
    Waiting waiting{std::move(record), claim->second};
    if (takes_part(waiting, currency, now)) out.push_back(std::move(waiting));
  }
  std::ranges::sort(
      out, {}, [](const Waiting& w) { return std::tie(w.record->burst.requested, w.record->burst.uid); });
  if (out.size() > kMostPods) out.resize(kMostPods);
  return out;
}

/// What is left of the offers beside what was promised and is not in their counts yet.
std::vector<market::Offer> left_of(const BurstContext& c, const std::vector<market::Offer>& offers) {
  const auto promised = c.ledger.unplaced_gpus();
  auto out = offers;
  for (auto& offer : out) {
    const auto gpus = promised.find(offer.name);
    if (gpus == promised.end()) continue;
    offer.free_gpus = std::max<std::int64_t>(offer.free_gpus - gpus->second, 0);
    for (std::size_t i = 0; i < offer.free_blocks.size(); ++i) {
      offer.free_blocks[i] =
          std::min(offer.free_blocks[i], offer.free_gpus / (static_cast<std::int64_t>(i) + 1));
    }
  }
  return out;
}

market::WaitingPod planned(const Waiting& w, const std::vector<market::Offer>& offers,
                           const std::vector<burst::Refusal>& strikes, base::Time now) {
  const burst::Burst b = with_strikes(w.record->burst, strikes);
  const std::set<std::string, std::less<>> candidates(b.candidates.begin(), b.candidates.end());
  market::WaitingPod pod{.gpus = b.gpus, .places = {}};
  for (std::size_t i = 0; i < offers.size(); ++i) {
    const market::Offer& offer = offers[i];
    const bool refused = std::ranges::any_of(b.refusals, [&](const burst::Refusal& refusal) {
      return refusal.offer == offer.name && refusal.until > now;
    });
    if (refused || !offer.available || !offer.price ||
        !candidates.contains(market::burst_node_name(offer.name))) {
      continue;
    }
    const auto price = market::price_in_claim_currency(w.claim->rules, *offer.price);
    if (price && market::fits(w.claim->rules, offer)) pod.places.push_back({i, *price});
  }
  return pod;
}

}  // namespace

std::string BatchPlanner::offer_for(const BurstContext& c, const Gathered& g,
                                    const std::vector<market::Offer>& offers) {
  const auto& rules = g.claim->rules;
  if (rules.strategy != market::Strategy::kCheapest || !g.pod->node_name.empty()) return {};
  const base::Time now = g.situation.now;
  std::lock_guard lock(mutex_);
  const auto known = plan_.find(g.pod->meta.uid);
  if (known != plan_.end() && now - made_ < kPlanHolds) return known->second;
  const auto waiting = waiting_pods(c, rules.currency, now);
  plan_.clear();
  made_ = now;
  if (waiting.size() < 2) return {};
  const auto left = left_of(c, offers);
  std::vector<const market::Offer*> pointers;
  for (const auto& offer : left) pointers.push_back(&offer);
  std::vector<market::WaitingPod> pods;
  const auto strikes = c.strikes.current(now);
  for (const auto& each : waiting) pods.push_back(planned(each, left, strikes, now));
  const auto plan = market::plan_batch(pods, pointers);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i]) plan_[waiting[i].record->burst.pod_uid] = left[*plan[i]].name;
  }
  const auto mine = plan_.find(g.pod->meta.uid);
  return mine == plan_.end() ? std::string() : mine->second;
}

}  // namespace op
