#include "extender/verdict.h"

#include <algorithm>
#include <utility>

#include "api/may_burst.h"
#include "burst/holding.h"
#include "burst/reservation.h"
#include "market/match.h"

namespace extender {
namespace {

constexpr std::string_view kStarting = "Neoburst is starting";
constexpr std::string_view kHomeAvailable = "home GPUs are available";
constexpr std::string_view kAlways = "this claim always bursts (burst.when: Always)";
constexpr std::string_view kSpreadsHard = "pod does not burst because it spreads hard over nodes";
constexpr std::string_view kEnded = "the burst of this pod has ended";

/// How long a burst that gets nowhere may hold up preemption: an operator that is down must not stop it for
/// ever.
constexpr auto kPatience = std::chrono::minutes(10);

/// What the schema of a PodBurst allows; without it a longer list would be patched in vain for ever.
constexpr std::size_t kMaxCandidates = 200;

bool contains(const std::vector<std::string>& sorted_or_not, std::string_view text) {
  return std::find(sorted_or_not.begin(), sorted_or_not.end(), text) != sorted_or_not.end();
}

/// What must still be asked of the API server so that the operator knows of the pod and where it may go.
std::optional<BurstRequest> make_request(const FilterRequest& request, const api::ClaimRecord& claim,
                                         const burst::Burst* record) {
  if (record != nullptr && (record->ended() || record->deleting)) return std::nullopt;
  std::vector<std::string> candidates;
  for (auto node : request.nodes) {
    if (market::is_burst_node(node)) candidates.emplace_back(node);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  if (candidates.size() > kMaxCandidates) candidates.resize(kMaxCandidates);
  const bool known =
      record != nullptr && std::all_of(candidates.begin(), candidates.end(),
                                       [&](const auto& node) { return contains(record->candidates, node); });
  if (known) return std::nullopt;
  const auto& pod = request.pod;
  return BurstRequest{.key = pod.burst_key(),
                      .pod_name = pod.name,
                      .pod_uid = pod.uid,
                      .claim = claim.meta.name,
                      .gpus = pod.gpus,
                      .candidates = std::move(candidates)};
}

bool over_budget(const api::ClaimRecord& claim) {
  return std::any_of(claim.conditions.begin(), claim.conditions.end(),
                     [](const auto& c) { return c.type == "WithinBudget" && c.status == "False"; });
}

/// `unusable` is the claim that selects the pod but cannot be used, or null.
std::string why_no_claim(const PodFacts& pod, const api::ClaimRecord* unusable) {
  if (unusable == nullptr) return "no GPUCapacityClaim in namespace " + pod.ns + " selects this pod";
  const std::string claim = "claim " + unusable->meta.name;
  switch (*api::why_unusable(*unusable)) {
    case api::Unusable::kBeingDeleted:
      return claim + " is being deleted";
    case api::Unusable::kSwitchedOff:
      return claim + " has burst.when: Never";
    case api::Unusable::kInvalid:
      break;
  }
  return claim + " cannot be used: " + unusable->problem;
}

bool refused(const burst::Burst* record, const std::string& offer, base::Time now) {
  return record != nullptr &&
         std::any_of(record->refusals.begin(), record->refusals.end(),
                     [&](const auto& refusal) { return refusal.offer == offer && refusal.until > now; });
}

bool is_stuck(const burst::Burst& record, base::Time now) {
  return !burst::has_unreleased_attempt(record) && record.requested != base::Time{} &&
         now - record.requested > kPatience;
}

bool is_candidate(const PreemptFacts& facts, const std::string& node) {
  return contains(facts.asked, node) || (facts.record != nullptr && contains(facts.record->candidates, node));
}

}  // namespace

std::string_view to_string(FilterResult result) {
  switch (result) {
    case FilterResult::kNoBurstNodes:
      return "no_burst_nodes";
    case FilterResult::kStarting:
      return "starting";
    case FilterResult::kHome:
      return "home";
    case FilterResult::kNotEligible:
      return "not_eligible";
    case FilterResult::kWaiting:
      return "waiting";
    case FilterResult::kReserved:
      return "reserved";
  }
  return "unknown";
}

bool FilterVerdict::keeps(std::string_view node) const {
  return market::is_burst_node(node) ? result == FilterResult::kReserved && node == keep_burst : keep_home;
}

const std::string& FilterVerdict::reason(std::string_view node) const {
  return market::is_burst_node(node) ? burst_reason : home_reason;
}

Eligibility find_claim(const PodFacts& pod, const Snapshot& snapshot) {
  api::ClaimChoice choice({.ns = pod.ns, .labels = pod.labels, .gpus = pod.gpus});
  for (const auto& claim : snapshot.claims_in(pod.ns)) choice.consider(*claim);
  if (choice.claim() != nullptr) return {choice.claim(), {}};
  return {nullptr, why_no_claim(pod, choice.unusable())};
}

std::string reserved_node(const PodFacts& pod, const burst::Burst* record) {
  const auto reservation = burst::parse_reservation(pod.reserved);
  if (!reservation || !market::is_burst_node(reservation->node)) return {};
  if (record == nullptr) return reservation->node;
  if (record->ended() || record->deleting) return {};
  const auto& attempt = record->attempt;
  if (attempt.number > reservation->attempt) return {};
  const bool same = attempt.number == reservation->attempt;
  if (same && (attempt.released || attempt.node != reservation->node)) return {};
  return reservation->node;
}

FilterVerdict judge_filter(const FilterRequest& request, const Snapshot& snapshot,
                           const burst::Burst* record) {
  const auto& nodes = request.nodes;
  const auto burst_count = std::count_if(nodes.begin(), nodes.end(), market::is_burst_node);
  const bool home = burst_count < std::ssize(nodes);
  if (record != nullptr && record->pod_uid != request.pod.uid) record = nullptr;

  // 1. Nothing to decide, or nothing to decide it by.
  FilterVerdict verdict;
  if (burst_count == 0) return verdict;
  auto remove_bursts = [&](FilterResult result, std::string_view reason) {
    verdict.result = result;
    verdict.burst_reason = reason;
    return std::move(verdict);
  };
  if (!snapshot.synced) return remove_bursts(FilterResult::kStarting, kStarting);

  // 2. Home first, unless the pod's claim says otherwise.
  auto [claim, why_not] = find_claim(request.pod, snapshot);
  if (claim != nullptr && request.pod.spreads_hard) {
    claim = nullptr;
    why_not = kSpreadsHard;
  }
  const bool always = claim != nullptr && claim->rules.when == market::BurstWhen::kAlways;
  if (home && !always) return remove_bursts(FilterResult::kHome, kHomeAvailable);
  if (claim == nullptr) return remove_bursts(FilterResult::kNotEligible, why_not);

  // 3. Home is exhausted: the pod goes where its twin holds GPUs, or waits.
  verdict.keep_home = false;
  verdict.home_reason = kAlways;
  // Where spending is stopped the pod asks all the same: the operator holds the request until it may go on.
  const bool stopped = !claim->stopped.empty();
  const std::string waiting =
      stopped ? claim->stopped : "waiting for capacity (claim " + claim->meta.name + ")";
  const auto reserved = stopped ? std::string() : reserved_node(request.pod, record);
  const auto kept = reserved.empty() ? nodes.end() : std::find(nodes.begin(), nodes.end(), reserved);
  if (kept != nodes.end()) {
    verdict.keep_burst = *kept;
    return remove_bursts(FilterResult::kReserved, "GPUs are reserved on another node");
  }
  verdict.wanted = make_request(request, *claim, record);
  return remove_bursts(FilterResult::kWaiting,
                       record != nullptr && record->ended() ? kEnded : std::string_view(waiting));
}

bool holds_preemption(const PodFacts& pod, const Snapshot& snapshot, const PreemptFacts& facts) {
  if (!snapshot.synced || pod.spreads_hard) return false;
  const auto* claim = find_claim(pod, snapshot).claim;
  if (claim == nullptr || !claim->stopped.empty() || !claim->rules.before_preemption || over_budget(*claim))
    return false;
  if (claim->rules.max_gpus && facts.claim_gpus + pod.gpus > *claim->rules.max_gpus) return false;
  const auto* record = facts.record;
  if (record != nullptr && (record->ended() || record->deleting || is_stuck(*record, facts.now)))
    return false;
  return std::any_of(snapshot.offers.begin(), snapshot.offers.end(), [&](const auto& entry) {
    const auto& offer = entry->offer;
    return offer.available && offer.total_gpus >= pod.gpus && is_candidate(facts, entry->node) &&
           !refused(record, offer.name, facts.now) && market::fits(claim->rules, offer);
  });
}

}  // namespace extender
