#include <algorithm>

#include "api/fields.h"
#include "api/ledger.h"
#include "api/rule_fields.h"
#include "api/write.h"
#include "base/time_text.h"

namespace api {
namespace {

burst::BookEntry read_entry(const Fields& fields) {
  burst::BookEntry entry;
  entry.key = fields.text("key");
  entry.ns = fields.text("namespace");
  entry.claim = fields.text("claim");
  entry.reserved_at = fields.time("reservedTime").value_or(base::Time{});
  entry.currency = fields.text("currency", "USD");
  entry.cost = fields.money("cost").value_or(market::Money{});
  entry.claim_currency = fields.text("claimCurrency", entry.currency);
  entry.claim_cost = fields.money("claimCost").value_or(entry.cost);
  return entry;
}

}  // namespace

base::Result<LedgerPageRecord> decode_ledger_page(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  LedgerPageRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  const Fields spec(parts->spec, "spec", record.problem);
  spec.each("entries", [&](const Fields& fields) {
    record.entries.push_back(read_entry(fields));
    record.newest = std::max(record.newest, fields.time("endedTime").value_or(base::Time{}));
  });
  return record;
}

std::vector<nlohmann::json> ledger_entries(const burst::Burst& burst) {
  std::vector<nlohmann::json> out;
  for (const burst::Charge& charge : burst.charges) {
    nlohmann::json entry = charge_json(charge);
    entry["key"] = burst::charge_key(burst.uid, charge.attempt);
    entry["burstUID"] = burst.uid;
    entry["burst"] = burst.name;
    entry["namespace"] = burst.ns;
    entry["pod"] = burst.pod_name;
    entry["podUID"] = burst.pod_uid;
    entry["claim"] = burst.claim;
    entry["gpus"] = burst.gpus;
    // Only the last attempt can have started, and has the burst's end.
    const bool last = charge.attempt == burst.attempt.number;
    if (last && burst.started_at) entry["startedTime"] = base::format_micro_time(*burst.started_at);
    entry["endReason"] = last && burst.ended() ? std::string(burst::to_string(burst.end_reason)) : "GivenUp";
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace api
