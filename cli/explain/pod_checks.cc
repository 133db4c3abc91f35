#include "cli/explain/pod_checks.h"

#include <algorithm>

#include "api/may_burst.h"
#include "base/time_text.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "cli/explain/mends.h"
#include "cli/output/joined.h"

namespace cli {
namespace {

using Requirement = kube::LabelSelector::Requirement;
using Operator = kube::LabelSelector::Operator;

constexpr std::size_t kClaimsTold = 3;

Check ok(const char* name, std::string text) { return {name, Mark::kOk, std::move(text), {}}; }
Check fail(const char* name, std::string text, std::string mend = {}) {
  return {name, Mark::kFail, std::move(text), std::move(mend)};
}
Check unknown(const char* name, std::string text, std::string mend = {}) {
  return {name, Mark::kUnknown, std::move(text), std::move(mend)};
}

/// "label team must be vision (the pod has speech)".
std::string describe(const Requirement& requirement, const kube::StringMap& labels) {
  const std::string* has = kube::find_value(labels, requirement.key);
  const std::string found =
      has == nullptr ? " (the pod has no such label)" : " (the pod has \"" + *has + "\")";
  switch (requirement.op) {
    case Operator::kIn:
      return "label " + requirement.key + " must be " + (requirement.values.size() > 1 ? "one of " : "") +
             joined(requirement.values) + found;
    case Operator::kNotIn:
      return "label " + requirement.key + " must not be " + joined(requirement.values) + found;
    case Operator::kExists:
      return "label " + requirement.key + " must be there" + found;
    case Operator::kDoesNotExist:
      return "label " + requirement.key + " must not be there" + found;
  }
  return {};
}

/// The first requirement of the claim that the pod does not meet; nullptr when it meets all.
const Requirement* unmet(const api::ClaimRecord& claim, const kube::StringMap& labels) {
  for (const Requirement& requirement : claim.selector.requirements) {
    if (!kube::LabelSelector{{requirement}}.matches(labels)) return &requirement;
  }
  return nullptr;
}

Check check_selection(const Facts& facts, const kube::PodRecord& pod, const api::ClaimRecord* claim) {
  if (claim != nullptr) return ok("claim", "claim " + claim->meta.name + " selects the pod");
  if (facts.claims.empty()) {
    return fail(
        "claim", "namespace " + facts.ns + " has no GPUCapacityClaim: nothing may burst without one",
        "kubectl -n " + shell_word(facts.ns) + " apply -f <FILE>   # an example: crds/examples/claim.yaml");
  }
  std::string why;
  std::string mend;
  for (std::size_t i = 0; i < std::min(facts.claims.size(), kClaimsTold); ++i) {
    const Requirement* requirement = unmet(facts.claims[i], pod.meta.labels);
    if (requirement == nullptr) continue;
    why += "; claim " + facts.claims[i].meta.name + ": " + describe(*requirement, pod.meta.labels);
    if (mend.empty())
      mend = mend_label(pod.meta.key(), *requirement) + "   # and in the template it is made from";
  }
  if (facts.claims.size() > kClaimsTold)
    why += "; and " + std::to_string(facts.claims.size() - kClaimsTold) + " more";
  return fail("claim", "no GPUCapacityClaim of namespace " + facts.ns + " selects the pod" + why, mend);
}

Check check_toleration(const kube::PodRecord& pod) {
  const std::string taint(burst::kBurstTaint);
  if (api::tolerates_burst_nodes(pod)) return ok("toleration", "it tolerates " + taint);
  if (api::is_of_daemon_set(pod)) return fail("toleration", "pods of a DaemonSet do not burst");
  return fail("toleration",
              "it does not tolerate " + taint +
                  "; the operator adds that to a waiting pod by itself, so see that it runs",
              mend_toleration(pod));
}

Check check_spread(const ExplainedPod& pod) {
  if (!pod.spreads_hard) return ok("spread", "it does not spread hard over nodes");
  return fail(
      "spread",
      "it spreads hard over nodes (topologySpreadConstraints with DoNotSchedule): such pods stay at home",
      "set whenUnsatisfiable: ScheduleAnyway in the template it is made from, and create the pod anew");
}

Check check_services(const Facts& facts, const kube::PodRecord& pod, const api::ClaimRecord& claim) {
  const auto service = std::ranges::find_if(
      facts.services, [&](const kube::ServiceRecord& each) { return kube::needs_address(each, pod); });
  if (service == facts.services.end()) return ok("services", "no Service needs its address");
  const std::string found = "Service " + service->meta.name + " selects the pod";
  if (claim.rules.services == market::ServicePods::kAllow)
    return ok("services", found + ", and the claim allows it");
  return fail("services", found + ", which would have no address at home: it stays there",
              mend_services(claim));
}

Check check_scheduler(const kube::PodRecord& pod, const burst::Burst* burst) {
  const std::string look =
      "kubectl -n " + shell_word(pod.meta.ns) + " describe pod " + shell_word(pod.meta.name);
  if (burst != nullptr && !burst->candidates.empty()) {
    return ok("scheduler", "the scheduler found home exhausted and let " +
                               std::to_string(burst->candidates.size()) + " burst node" +
                               (burst->candidates.size() == 1 ? "" : "s") + " pass");
  }
  if (burst != nullptr)
    return fail("scheduler", "no burst node passed the scheduler's filters for this pod", look);
  const kube::PodCondition* scheduled = pod.condition("PodScheduled");
  if (scheduled == nullptr) return unknown("scheduler", "the scheduler has not tried the pod yet", look);
  return fail("scheduler",
              "the scheduler has not asked Neoburst for capacity" +
                  (scheduled->message.empty() ? std::string() : "; it says: " + scheduled->message),
              look + "   # and see that the extender is in the scheduler's configuration and runs");
}

/// A cordon or a blip must not spend money, so that a claim may let its pods wait for home first.
bool still_waits_for_home(const Facts& facts, const api::ClaimRecord* claim, const burst::Burst* burst) {
  return claim != nullptr && burst != nullptr && facts.now < burst->requested + claim->rules.after;
}

std::int64_t gpus_in_use(const Facts& facts, const api::ClaimRecord& claim, const burst::Burst* self) {
  std::int64_t sum = 0;
  for (const api::BurstRecord& record : facts.bursts) {
    const burst::Burst& each = record.burst;
    const bool counts = each.claim == claim.meta.name && burst::may_hold_gpus(each);
    if (counts && (self == nullptr || each.uid != self->uid)) sum += each.gpus;
  }
  return sum;
}

const api::Condition* condition_of(const api::ClaimRecord& claim, std::string_view type) {
  const auto found = std::ranges::find(claim.conditions, type, &api::Condition::type);
  return found == claim.conditions.end() ? nullptr : &*found;
}

Check check_budget(const api::ClaimRecord& claim) {
  if (!claim.rules.budget) return ok("budget", "the claim has no budget");
  const api::Condition* within = condition_of(claim, "WithinBudget");
  if (within == nullptr)
    return unknown("budget", "the operator has not said yet whether the budget is spent");
  if (within->status == "True") return ok("budget", within->message);
  return fail("budget", within->message, mend_budget(claim));
}

Check check_usable(const api::ClaimRecord& claim) {
  if (const auto unusable = api::why_unusable(claim)) {
    switch (*unusable) {
      case api::Unusable::kBeingDeleted:
        return fail("usable", "the claim is being deleted");
      case api::Unusable::kInvalid:
        return fail("usable", "its spec cannot be used: " + claim.problem,
                    edit_claim(claim, "mend that field"));
      case api::Unusable::kSwitchedOff:
        return fail("usable", "the claim is switched off (burst.when: Never)", mend_switch(claim));
    }
  }
  if (!claim.stopped.empty()) {
    return fail("usable", "nothing new may be spent: " + claim.stopped,
                "kubectl edit neoburstconfig cluster");
  }
  return ok("usable", "the claim can be used");
}

Check check_limit(const Facts& facts, const api::ClaimRecord& claim, std::int64_t gpus,
                  const burst::Burst* self) {
  if (!claim.rules.max_gpus) return ok("limit", "the claim has no limit of GPUs");
  const std::int64_t used = gpus_in_use(facts, claim, self);
  const std::int64_t most = *claim.rules.max_gpus;
  const std::string text =
      std::to_string(used) + " of " + std::to_string(most) + " GPUs (gpus.max) are in use";
  if (used + gpus <= most) return ok("limit", text);
  return fail("limit", text + ", and the pod asks for " + std::to_string(gpus),
              mend_gpu_limit(claim, used + gpus));
}

}  // namespace

const api::ClaimRecord* select_claim(const Facts& facts, const kube::PodRecord& pod) {
  api::ClaimChoice choice(api::traits_of(pod));
  for (const api::ClaimRecord& claim : facts.claims) choice.consider(claim);
  return choice.claim() != nullptr ? choice.claim() : choice.unusable();
}

std::vector<Check> check_claim(const Facts& facts, const api::ClaimRecord& claim, std::int64_t gpus,
                               const burst::Burst* self) {
  return {check_usable(claim), check_limit(facts, claim, gpus, self), check_budget(claim)};
}

std::vector<Check> check_pod(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim,
                             const burst::Burst* burst) {
  const std::int64_t gpus = pod.record.requested(burst::kGpuResource);
  if (gpus <= 0) {
    return {fail("gpus", "the pod asks for no " + std::string(burst::kGpuResource) + ": only GPU pods burst",
                 "set resources.limits of a container in the template it is made from")};
  }
  std::vector<Check> out{ok("gpus", "it asks for " + std::to_string(gpus) + " GPU" + (gpus == 1 ? "" : "s"))};
  if (pod.record.gated)
    out.push_back(fail("gates", "it has scheduling gates, whose owner has not removed them yet"));
  out.push_back(check_selection(facts, pod.record, claim));
  if (claim != nullptr) {
    for (Check& check : check_claim(facts, *claim, gpus, burst)) out.push_back(std::move(check));
  }
  out.push_back(check_toleration(pod.record));
  out.push_back(check_spread(pod));
  if (claim != nullptr) out.push_back(check_services(facts, pod.record, *claim));
  out.push_back(check_scheduler(pod.record, burst));
  if (still_waits_for_home(facts, claim, burst)) {
    out.push_back(unknown("after", "the claim lets its pods wait " +
                                       base::format_duration(claim->rules.after) +
                                       " for a home GPU first (burst.after)"));
  }
  return out;
}

}  // namespace cli
