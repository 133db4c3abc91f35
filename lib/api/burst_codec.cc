#include <algorithm>
#include <limits>

#include "api/fields.h"
#include "api/records.h"
#include "api/rule_fields.h"

namespace api {
namespace {

market::Price read_charged_price(const Fields& fields) {
  return {.per_gpu_hour = fields.money("pricePerGPUHour").value_or(market::Money{}),
          .currency = fields.text("currency", "USD"),
          .as_of = fields.text("priceAsOf"),
          .kind = read_price_kind(fields, "priceKind")};
}

burst::Charge read_charge(const Fields& fields) {
  burst::Charge charge;
  charge.attempt = static_cast<int>(
      std::min<std::int64_t>(read_at_least(fields, "attempt", 0, 0), std::numeric_limits<int>::max()));
  charge.offer = fields.text("offer");
  charge.provider = fields.text("provider");
  charge.region = fields.text("region");
  charge.country = fields.text("country");
  charge.jurisdiction = fields.text("jurisdiction");
  charge.gpu_model = fields.text("gpuModel");
  charge.capacity_type = read_capacity_type(fields, "capacityType");
  charge.price = read_charged_price(fields);
  charge.claim_currency = fields.text("claimCurrency", charge.price.currency);
  charge.reserved_at = fields.time("reservedTime").value_or(base::Time{});
  charge.placed_at = fields.time("placedTime").value_or(base::Time{});
  charge.ended_at = fields.time("endedTime").value_or(base::Time{});
  charge.gpu_seconds = read_at_least(fields, "gpuSeconds", 0, 0);
  charge.cost = fields.money("cost").value_or(market::Money{});
  charge.claim_cost = fields.money("claimCost").value_or(charge.cost);
  return charge;
}

burst::Attempt read_attempt(const Fields& fields) {
  burst::Attempt attempt;
  attempt.number = static_cast<int>(
      std::min<std::int64_t>(read_at_least(fields, "number", 0, 0), std::numeric_limits<int>::max()));
  attempt.name = fields.text("name");
  attempt.offer = fields.text("offer");
  attempt.provider = fields.text("provider");
  attempt.region = fields.text("region");
  attempt.country = fields.text("country");
  attempt.jurisdiction = fields.text("jurisdiction");
  attempt.node = fields.text("node");
  attempt.remote_namespace = fields.text("remoteNamespace");
  attempt.anchor_uid = fields.text("anchorUID");
  attempt.remote_node = fields.text("remoteNode");
  attempt.price = read_charged_price(fields);
  // Older records lack these fields and have one currency.
  attempt.claim_price = fields.money("claimPricePerGPUHour").value_or(attempt.price.per_gpu_hour);
  attempt.claim_currency = fields.text("claimCurrency", attempt.price.currency);
  attempt.gpu_model = fields.text("gpuModel");
  attempt.observed_gpu_model = fields.text("observedGPUModel");
  attempt.capacity_type = read_capacity_type(fields, "capacityType");
  attempt.limit_seconds = read_at_least(fields, "limitSeconds", 0, 0);
  attempt.limit_reason = fields.one_of<burst::LimitReason>(
      "limitReason", burst::LimitReason::kLifetime,
      {{"Lifetime", burst::LimitReason::kLifetime}, {"Budget", burst::LimitReason::kBudget}});
  attempt.released = fields.boolean("released");
  return attempt;
}

burst::EndReason read_end_reason(const Fields& status) {
  using burst::EndReason;
  const std::string text = status.text("endReason");
  for (const EndReason reason :
       {EndReason::kNone, EndReason::kCompleted, EndReason::kFailed, EndReason::kPodDeleted,
        EndReason::kRanAtHome, EndReason::kLost, EndReason::kNotStarted, EndReason::kLifetimeEnded,
        EndReason::kBudgetEnded}) {
    if (burst::to_string(reason) == text) return reason;
  }
  status.complain("endReason", "\"" + text.substr(0, 40) + "\" is not known");
  return EndReason::kNone;
}

void read_identity(const kube::ObjectMeta& meta, burst::Burst& burst) {
  burst.ns = meta.ns;
  burst.name = meta.name;
  burst.uid = meta.uid;
  burst.resource_version = meta.resource_version;
  burst.deleting = meta.deleting_since.has_value();
}

void read_burst_spec(const Fields& spec, burst::Burst& burst) {
  burst.pod_name = spec.text("podName");
  burst.pod_uid = spec.text("podUID");
  burst.claim = spec.text("claimName");
  burst.gpus = read_at_least(spec, "gpus", 0, 0);
  burst.candidates = spec.texts("candidates");
  burst.requested = spec.time("requestedTime").value_or(base::Time{});
}

void read_burst_status(const Fields& status, burst::Burst& burst) {
  burst.attempt = read_attempt(status.object("attempt"));
  status.each("refusals", [&](const Fields& fields) {
    burst.refusals.push_back({fields.text("offer"), fields.text("reason"), fields.text("message"),
                              fields.time("until").value_or(base::Time{})});
  });
  burst.obtaining_at = status.time("obtainingTime");
  burst.placed_at = status.time("placedTime");
  burst.started_at = status.time("startedTime");
  burst.ended_at = status.time("endedTime");
  burst.end_reason = read_end_reason(status);
  burst.message = status.text("message");
  burst.gpu_seconds = read_at_least(status, "gpuSeconds", 0, 0);
  status.each("charges", [&](const Fields& fields) { burst.charges.push_back(read_charge(fields)); });
  burst.cost = status.money("cost").value_or(market::Money{});
  burst.cost_so_far = status.money("costSoFar").value_or(burst.cost);
}

}  // namespace

base::Result<BurstRecord> decode_burst(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  BurstRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  read_identity(record.meta, record.burst);
  read_burst_spec(Fields(parts->spec, "spec", record.problem), record.burst);
  const Fields status(parts->status, "status", record.problem);
  read_burst_status(status, record.burst);
  record.conditions = read_conditions(status);
  return record;
}

}  // namespace api
