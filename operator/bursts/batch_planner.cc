#include "operator/bursts/batch_planner.h"

#include <algorithm>
#include <set>

#include "burst/holding.h"
#include "market/match.h"
#include "market/plan.h"
#include "operator/bursts/gather.h"

namespace op {
namespace {

using namespace std::chrono_literals;

/// Pods come in swarms: one plan serves those of one moment.
constexpr auto kPlanHolds = 100ms;
/// A pod that came after the plan was made is worth another one, but not each of a swarm.
constexpr auto kPlansApart = 20ms;
/// The rest is planned when these have gone.
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
    if (!record->problem.empty() || b.deleting || !burst::waits_for_attempt(b)) continue;
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

/// The offers' free GPUs less those that were promised and are not in their counts yet.
std::vector<market::Offer> left_of(const BurstContext& c, const std::vector<market::Offer>& offers) {
  const auto promised = c.commitments.unplaced_gpus();
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

/// The offer of each waiting pod by its UID; "" where it can have none. Empty when only one pod waits: there
/// is nothing to share out.
std::map<std::string, std::string> make_plan(const BurstContext& c, const std::string& currency,
                                             base::Time now, const std::vector<market::Offer>& offers) {
  const auto waiting = waiting_pods(c, currency, now);
  if (waiting.size() < 2) return {};
  const auto left = left_of(c, offers);
  std::vector<const market::Offer*> pointers;
  for (const auto& offer : left) pointers.push_back(&offer);
  std::vector<market::WaitingPod> pods;
  const auto strikes = c.strikes.current(now);
  for (const auto& each : waiting) pods.push_back(planned(each, left, strikes, now));
  const auto places = market::plan_batch(pods, pointers);
  std::map<std::string, std::string> plan;
  for (std::size_t i = 0; i < places.size(); ++i) {
    plan[waiting[i].record->burst.pod_uid] = places[i] ? left[*places[i]].name : std::string();
  }
  return plan;
}

}  // namespace

std::string BatchPlanner::offer_for(const BurstContext& c, const Gathered& g,
                                    const std::vector<market::Offer>& offers) {
  const auto& rules = g.claim->rules;
  if (rules.strategy != market::Strategy::kCheapest || !g.pod->node_name.empty()) return {};
  std::lock_guard lock(mutex_);
  Plan& plan = plans_[rules.currency];
  const base::SteadyTime steady = c.home.clock.steady_now();
  const auto known = plan.offers.find(g.pod->meta.uid);
  const auto age = steady - plan.made;
  if (plan.made == base::SteadyTime{} || age >= (known == plan.offers.end() ? kPlansApart : kPlanHolds)) {
    plan = {.offers = make_plan(c, rules.currency, g.situation.now, offers), .made = steady};
  }
  const auto mine = plan.offers.find(g.pod->meta.uid);
  return mine == plan.offers.end() ? std::string() : mine->second;
}

}  // namespace op
