#include "cli/explain/explain.h"

#include <algorithm>

#include "api/may_burst.h"
#include "burst/names.h"
#include "cli/explain/offer_reasons.h"
#include "cli/explain/pod_checks.h"
#include "cli/explain/pod_state.h"

namespace cli {

const api::OfferRecord* Facts::find_offer(const std::string& name) const {
  const auto found = std::ranges::find(offers, name, [](const auto& record) { return record.offer.name; });
  return found == offers.end() ? nullptr : &*found;
}

const api::ClaimRecord* Facts::find_claim(const std::string& name) const {
  const auto found = std::ranges::find(claims, name, [](const auto& record) { return record.meta.name; });
  return found == claims.end() ? nullptr : &*found;
}

namespace {

/// The operator renews a condition of each burst node once a minute; so long without one is no accident.
constexpr auto kOperatorSilent = std::chrono::minutes(5);

std::string condition_trouble(const api::ProviderRecord& provider) {
  for (const api::Condition& condition : provider.conditions) {
    if (condition.type == "Ready" && condition.status != "True")
      return condition.reason + ": " + condition.message;
  }
  return {};
}

std::vector<std::string> notes_of(const Facts& facts) {
  std::vector<std::string> notes;
  if (facts.operator_seen && facts.now - *facts.operator_seen > kOperatorSilent) {
    notes.push_back("the operator last looked after its burst nodes " + ago(*facts.operator_seen, facts.now) +
                    ": is it running? What follows may be out of date");
  }
  for (const api::ProviderRecord& provider : facts.providers) {
    if (const std::string trouble = condition_trouble(provider); !trouble.empty()) {
      notes.push_back("provider " + provider.meta.name + " is not ready, " + trouble);
    }
  }
  for (const std::string& unread : facts.unread) notes.push_back("left out: " + unread);
  return notes;
}

Check check_offers(const Facts& facts, const std::vector<JudgedOffer>& offers) {
  const auto fitting = std::ranges::count_if(offers, fits_claim);
  const auto free =
      std::ranges::count_if(offers, [](const JudgedOffer& judged) { return judged.obstacles.empty(); });
  const std::string counts = std::to_string(fitting) + " of " + std::to_string(offers.size()) +
                             " offers fit the claim, " + std::to_string(free) + " could be taken now";
  if (free > 0) return {"offers", Mark::kOk, counts, {}};
  if (offers.empty()) {
    return {"offers", Mark::kFail, "there are no offers",
            facts.providers.empty()
                ? "kubectl apply -f <FILE>   # a NeocloudProvider; an example: crds/examples/provider-eu.yaml"
                : "kubectl describe neocloudproviders"};
  }
  return {"offers", Mark::kFail, counts + "; see below", {}};
}

}  // namespace

Explanation explain_pod(const Facts& facts, const ExplainedPod& pod) {
  const auto record = std::ranges::find(facts.bursts, pod.record.meta.uid,
                                        [](const api::BurstRecord& each) { return each.burst.pod_uid; });
  const api::BurstRecord* burst = record == facts.bursts.end() ? nullptr : &*record;
  const api::ClaimRecord* claim = select_claim(facts, pod.record);
  const PodState state = describe_pod(facts, pod, claim, burst);
  Explanation out{"Pod", facts.ns, pod.record.meta.name, state.word, state.sentences,
                  {},    {},       notes_of(facts)};
  if (burst != nullptr && !burst->problem.empty()) {
    out.notes.push_back("its PodBurst cannot be read, so that nothing is decided on it: " + burst->problem);
  }
  if (!state.waits) return out;
  const burst::Burst* journey = burst == nullptr ? nullptr : &burst->burst;
  out.checks = check_pod(facts, pod, claim, journey);
  const std::int64_t gpus = pod.record.requested(burst::kGpuResource);
  if (claim == nullptr || gpus <= 0 || !claim->problem.empty()) return out;
  out.offers = judge_offers(facts, {claim, gpus, journey});
  out.checks.push_back(check_offers(facts, out.offers));
  return out;
}

Explanation explain_record(const Facts& facts, const api::BurstRecord& record) {
  const PodState state = describe_record(facts, record);
  return {"Pod", facts.ns, record.burst.pod_name, state.word, state.sentences, {}, {}, notes_of(facts)};
}

Explanation explain_claim(const Facts& facts, const api::ClaimRecord& claim) {
  Explanation out{"GPUCapacityClaim",
                  facts.ns,
                  claim.meta.name,
                  api::is_usable(claim) ? "Usable" : "NotUsable",
                  {},
                  {},
                  {},
                  notes_of(facts)};
  for (const api::Condition& condition : claim.conditions) {
    out.summary.push_back(condition.type + " is " + condition.status + ": " + condition.message);
  }
  if (out.summary.empty()) out.summary.emplace_back("the operator has not looked at it yet");
  out.checks = check_claim(facts, claim, 0, nullptr);
  if (!claim.problem.empty()) return out;
  out.offers = judge_offers(facts, {.claim = &claim, .gpus = 1, .burst = nullptr});
  out.checks.push_back(check_offers(facts, out.offers));
  return out;
}

const api::BurstRecord* find_record_of(const Facts& facts, const std::string& name) {
  const api::BurstRecord* newest = nullptr;
  for (const api::BurstRecord& record : facts.bursts) {
    if (record.burst.pod_name != name) continue;
    if (newest == nullptr || record.burst.requested > newest->burst.requested) newest = &record;
  }
  return newest;
}

}  // namespace cli
