#include "api/ledger_codec.h"

#include <algorithm>
#include <limits>

#include "api/fields.h"
#include "api/put.h"
#include "api/rule_fields.h"
#include "base/time_text.h"

namespace api {
namespace {

/// What an entry of the ledger and a charge of a PodBurst have in common.
void read_charge_into(const Fields& fields, LedgerEntry& entry) {
  entry.attempt = static_cast<int>(
      std::min<std::int64_t>(read_at_least(fields, "attempt", 0, 0), std::numeric_limits<int>::max()));
  entry.provider = fields.text("provider");
  entry.region = fields.text("region");
  entry.country = fields.text("country");
  entry.jurisdiction = fields.text("jurisdiction");
  entry.offer = fields.text("offer");
  entry.gpu_model = fields.text("gpuModel");
  entry.capacity_type = fields.text("capacityType");
  entry.price_per_gpu_hour = fields.money("pricePerGPUHour").value_or(market::Money{});
  entry.currency = fields.text("currency", "USD");
  entry.price_kind = fields.text("priceKind");
  entry.claim_cost = fields.money("claimCost");
  entry.claim_currency = fields.text("claimCurrency");
  entry.placed = fields.time("placedTime");
  entry.started = fields.time("startedTime");
  entry.ended = fields.time("endedTime");
  entry.end_reason = fields.text("endReason");
  entry.gpu_seconds = read_at_least(fields, "gpuSeconds", 0, 0);
  entry.cost = fields.money("cost").value_or(market::Money{});
}

}  // namespace

base::Result<LedgerRecord> decode_ledger(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  LedgerRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  record.entries = read_ledger_entries(parts->spec, record.problem);
  return record;
}

std::vector<LedgerEntry> read_ledger_entries(const nlohmann::json& spec, std::string& problem) {
  std::vector<LedgerEntry> out;
  Fields(spec, "spec", problem).each("entries", [&](const Fields& fields) {
    LedgerEntry entry;
    read_charge_into(fields, entry);
    entry.burst_uid = fields.text("burstUID");
    entry.ns = fields.text("namespace");
    entry.burst = fields.text("burst");
    entry.pod = fields.text("pod");
    entry.pod_uid = fields.text("podUID");
    entry.claim = fields.text("claim");
    entry.gpus = read_at_least(fields, "gpus", 0, 0);
    out.push_back(std::move(entry));
  });
  return out;
}

std::vector<LedgerEntry> read_charges(const nlohmann::json& burst, std::string& problem) {
  const Fields object(burst, "", problem);
  const Fields meta = object.object("metadata");
  const Fields spec = object.object("spec");
  std::vector<LedgerEntry> out;
  object.object("status").each("charges", [&](const Fields& fields) {
    LedgerEntry entry;
    read_charge_into(fields, entry);
    entry.burst_uid = meta.text("uid");
    entry.ns = meta.text("namespace");
    entry.burst = meta.text("name");
    entry.pod = spec.text("podName");
    entry.pod_uid = spec.text("podUID");
    entry.claim = spec.text("claimName");
    entry.gpus = read_at_least(spec, "gpus", 0, 0);
    out.push_back(std::move(entry));
  });
  return out;
}

nlohmann::json ledger_entry_json(const LedgerEntry& entry) {
  nlohmann::json out = {{"key", entry.key()},
                        {"burstUID", entry.burst_uid},
                        {"attempt", entry.attempt},
                        {"gpus", entry.gpus},
                        {"pricePerGPUHour", market::format_money(entry.price_per_gpu_hour)},
                        {"currency", entry.currency},
                        {"gpuSeconds", entry.gpu_seconds},
                        {"cost", market::format_money(entry.cost)}};
  put(out, "namespace", entry.ns);
  put(out, "burst", entry.burst);
  put(out, "pod", entry.pod);
  put(out, "podUID", entry.pod_uid);
  put(out, "claim", entry.claim);
  put(out, "provider", entry.provider);
  put(out, "region", entry.region);
  put(out, "country", entry.country);
  put(out, "jurisdiction", entry.jurisdiction);
  put(out, "offer", entry.offer);
  put(out, "gpuModel", entry.gpu_model);
  put(out, "capacityType", entry.capacity_type);
  put(out, "priceKind", entry.price_kind);
  if (entry.claim_cost) out["claimCost"] = market::format_money(*entry.claim_cost);
  put(out, "claimCurrency", entry.claim_currency);
  put(out, "placedTime", entry.placed);
  put(out, "startedTime", entry.started);
  put(out, "endedTime", entry.ended);
  put(out, "endReason", entry.end_reason);
  return out;
}

}  // namespace api
