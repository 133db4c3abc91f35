#include "cli/explain/pod_state.h"

#include <algorithm>

#include "base/time_text.h"
#include "burst/cost.h"
#include "burst/holding.h"
#include "market/money.h"

namespace cli {
namespace {

std::string since(base::Time then, base::Time now) {
  return "since " + base::format_time(then) + " (" + ago(then, now) + ")";
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

/// "at provider eu, region eu-north1 in FI, under the law of NL".
std::string place_of(const burst::Attempt& attempt) {
  return "at provider " + attempt.provider + ", region " + or_unknown(attempt.region) + " in " +
         or_unknown(attempt.country) + ", under the law of " + or_unknown(attempt.jurisdiction);
}

/// The model is the offer's, if that still exists.
std::string terms_of(const Facts& facts, const burst::Burst& burst) {
  const burst::Attempt& attempt = burst.attempt;
  const api::OfferRecord* offer = facts.find_offer(attempt.offer);
  const std::string model =
      offer != nullptr && !offer->offer.gpu.model.empty() ? offer->offer.gpu.model : "GPU";
  return std::to_string(burst.gpus) + " " + model + " of offer " + attempt.offer + " at " +
         market::format_money(attempt.price.per_gpu_hour) + " " + attempt.price.currency + " per GPU-hour" +
         (attempt.price.as_of.empty() ? "" : " (price of " + attempt.price.as_of + ")");
}

std::string cost_so_far(const burst::Burst& burst, base::Time now) {
  const market::Money cost = burst.cost + burst::running_cost(burst, now);
  return market::format_money(cost) + " " + burst.attempt.claim_currency;
}

std::string strategy_text(market::Strategy strategy) {
  return strategy == market::Strategy::kNearest   ? "Nearest: the nearest offer with room"
         : strategy == market::Strategy::kFastest ? "Fastest: the offer with most room"
                                                  : "Cheapest: the cheapest offer with room";
}

void add_record(const Facts& facts, const burst::Burst& burst, PodState& state) {
  state.sentences.push_back(terms_of(facts, burst));
  if (burst.attempt.number > 1) {
    state.sentences.push_back("this is attempt " + std::to_string(burst.attempt.number) +
                              "; earlier offers did not work out");
  }
}

PodState ended(const Facts& facts, const burst::Burst& burst) {
  PodState state{.word = "Ended", .sentences = {}};
  const bool placed = burst.placed_at.has_value() && burst.attempt.number > 0;
  state.sentences.push_back("its burst ended " + ago(*burst.ended_at, facts.now) + ": " +
                            std::string(burst::to_string(burst.end_reason)) +
                            (burst.message.empty() ? "" : " (" + burst.message + ")"));
  if (!placed) return state;
  state.sentences.push_back("it ran " + place_of(burst.attempt));
  add_record(facts, burst, state);
  state.sentences.push_back("it cost " + cost_so_far(burst, facts.now) + " for " +
                            std::to_string(burst.gpu_seconds) + " GPU-seconds");
  return state;
}

PodState at_provider(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim,
                     const api::BurstRecord* record) {
  PodState state{.word = kube::is_terminal(pod.record.phase) ? "Ended" : "RunsAtProvider", .sentences = {}};
  if (record == nullptr) {
    state.word = "BoundWithoutRecord";
    state.sentences.push_back(
        "it is bound to burst node " + pod.record.node_name +
        " but has no PodBurst: it was bound by hand, or the operator has yet to see it");
    return state;
  }
  const burst::Burst& burst = record->burst;
  if (burst.ended()) return ended(facts, burst);
  if (!burst.started_at && pod.record.phase == kube::PodPhase::kPending) state.word = "Starting";
  state.sentences.push_back(
      (state.word == "Starting" ? "it is being started " : "it runs ") + place_of(burst.attempt) +
      (burst.attempt.remote_node.empty() ? "" : ", on node " + burst.attempt.remote_node) +
      (burst.started_at ? ", " + since(*burst.started_at, facts.now) : ""));
  add_record(facts, burst, state);
  state.sentences.push_back("it has cost " + cost_so_far(burst, facts.now) + " so far");
  state.sentences.push_back(
      "why there: home had no room for it, and claim " + burst.claim + " allows that offer" +
      (claim == nullptr ? "" : " (strategy " + strategy_text(claim->rules.strategy) + ")"));
  return state;
}

PodState at_home(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim) {
  PodState state{.word = kube::is_terminal(pod.record.phase) ? "Ended" : "RunsAtHome", .sentences = {}};
  const bool over = state.word == "Ended";
  state.sentences.push_back((over ? "it ran at home on node " : "it runs at home on node ") +
                            pod.record.node_name +
                            (pod.record.started ? ", " + since(*pod.record.started, facts.now) : ""));
  const bool always = claim != nullptr && claim->rules.when == market::BurstWhen::kAlways;
  state.sentences.push_back(
      always ? "its claim always bursts (burst.when: Always), but the pod was bound to a home node all "
               "the same: before the claim was, or by hand"
             : "why there: home had room, and home comes first");
  return state;
}

PodState unbound(const Facts& facts, const ExplainedPod& pod, const api::BurstRecord* record) {
  PodState state{.word = "Waits", .sentences = {}, .waits = true};
  if (kube::is_terminal(pod.record.phase)) {
    return {.word = "Ended", .sentences = {"it ended before it was bound to a node"}};
  }
  if (record == nullptr) {
    state.sentences.push_back("it waits at home; no capacity has been asked for");
    return state;
  }
  const burst::Burst& burst = record->burst;
  if (burst.ended()) {
    state.sentences.push_back("it waits at home, and its burst has ended: a pod bursts once");
    return state;
  }
  if (burst::may_hold_gpus(burst)) {
    state.word = burst.placed_at ? "Reserved" : "Obtaining";
    state.sentences.push_back(
        (burst.placed_at ? "GPUs are held for it " : "GPUs are being obtained for it ") +
        place_of(burst.attempt));
    add_record(facts, burst, state);
    if (burst.placed_at) {
      state.sentences.push_back("it has cost " + cost_so_far(burst, facts.now) +
                                " so far; the scheduler has yet to bind it");
    }
  } else {
    state.sentences.push_back("it waits for capacity " + since(burst.requested, facts.now));
  }
  if (!burst.message.empty()) state.sentences.push_back("the operator says: " + burst.message);
  return state;
}

}  // namespace

std::string ago(base::Time then, base::Time now) {
  const auto seconds =
      std::max<std::int64_t>(0, std::chrono::floor<std::chrono::seconds>(now - then).count());
  constexpr std::int64_t kMinute = 60;
  constexpr std::int64_t kHour = 3600;
  constexpr std::int64_t kDay = 86400;
  const auto text = [](std::int64_t large, const char* large_unit, std::int64_t small,
                       const char* small_unit) {
    return std::to_string(large) + large_unit + (small > 0 ? std::to_string(small) + small_unit : "") +
           " ago";
  };
  if (seconds < kMinute) return std::to_string(seconds) + "s ago";
  if (seconds < kHour) return text(seconds / kMinute, "m", seconds % kMinute, "s");
  if (seconds < kDay) return text(seconds / kHour, "h", seconds % kHour / kMinute, "m");
  return text(seconds / kDay, "d", seconds % kDay / kHour, "h");
}

PodState describe_pod(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim,
                      const api::BurstRecord* burst) {
  PodState state = market::is_burst_node(pod.record.node_name) ? at_provider(facts, pod, claim, burst)
                   : pod.record.node_name.empty()              ? unbound(facts, pod, burst)
                                                               : at_home(facts, pod, claim);
  const kube::PodRecord& record = pod.record;
  if (kube::is_terminal(record.phase) && !record.reason.empty()) {
    state.sentences.push_back("its status says: " + record.reason +
                              (record.message.empty() ? "" : ": " + record.message));
  }
  if (record.meta.deleting_since) state.sentences.push_back("it is being deleted");
  return state;
}

PodState describe_record(const Facts& facts, const api::BurstRecord& record) {
  PodState state;
  if (record.burst.ended()) {
    state = ended(facts, record.burst);
  } else {
    state.word = "Gone";
    state.sentences.push_back("its burst has not ended yet: what it holds is being removed");
    if (record.burst.attempt.number > 0)
      state.sentences.push_back("it was " + place_of(record.burst.attempt));
  }
  state.sentences.insert(state.sentences.begin(), "the pod is gone; this is what its record (PodBurst " +
                                                      record.burst.name + ") says");
  return state;
}

}  // namespace cli
