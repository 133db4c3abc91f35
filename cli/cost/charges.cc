#include "cli/cost/charges.h"

#include <algorithm>
#include <set>
#include <utility>

#include "burst/holding.h"
#include "kube/core/json_read.h"

namespace cli {
namespace {

using api::LedgerEntry;

std::string text_at(const nlohmann::json& object, const nlohmann::json::json_pointer& at) {
  return object.contains(at) && object.at(at).is_string() ? object.at(at).get<std::string>() : "";
}

/// The price of the present attempt in the claim's currency, where that is recorded.
std::optional<market::Money> claim_price_of(const nlohmann::json& object) {
  const auto price =
      market::parse_money(text_at(object, "/status/attempt/claimPricePerGPUHour"_json_pointer));
  return price ? std::optional(*price) : std::nullopt;
}

/// The present attempt as an entry, without time and money.
LedgerEntry present_attempt(const nlohmann::json& object, const api::BurstRecord& record) {
  const burst::Burst& burst = record.burst;
  const burst::Attempt& attempt = burst.attempt;
  LedgerEntry entry;
  entry.burst_uid = burst.uid;
  entry.attempt = attempt.number;
  entry.ns = burst.ns;
  entry.burst = burst.name;
  entry.pod = burst.pod_name;
  entry.pod_uid = burst.pod_uid;
  entry.claim = burst.claim;
  entry.provider = attempt.provider;
  entry.region = attempt.region;
  entry.country = attempt.country;
  entry.jurisdiction = attempt.jurisdiction;
  entry.offer = attempt.offer;
  entry.gpus = burst.gpus;
  entry.price_per_gpu_hour = attempt.price.per_gpu_hour;
  entry.currency = attempt.price.currency;
  // Only recorded values: the record type has a default for each of them, which would be an invention here.
  entry.gpu_model = text_at(object, "/status/attempt/gpuModel"_json_pointer);
  entry.capacity_type = text_at(object, "/status/attempt/capacityType"_json_pointer);
  entry.price_kind = text_at(object, "/status/attempt/priceKind"_json_pointer);
  entry.claim_currency = text_at(object, "/status/attempt/claimCurrency"_json_pointer);
  return entry;
}

/// What the burst has cost for certain, less what is charged attempt by attempt. The record counts in the
/// claim's currency.
void take_rest(const burst::Burst& burst, const std::vector<LedgerEntry>& charged, LedgerEntry& entry) {
  if (!entry.claim_currency.empty()) entry.currency = entry.claim_currency;
  entry.cost = burst.cost;
  entry.gpu_seconds = burst.gpu_seconds;
  for (const LedgerEntry& charge : charged) {
    entry.cost = entry.cost - charge.claim_cost.value_or(charge.cost);
    entry.gpu_seconds -= charge.gpu_seconds;
  }
  entry.cost = std::max(entry.cost, market::Money{});
  entry.gpu_seconds = std::max<std::int64_t>(entry.gpu_seconds, 0);
}

/// The attempt that holds GPUs now, if there is one.
void add_live(LedgerEntry entry, const burst::Burst& burst, const std::optional<market::Money>& claim_price,
              base::Time now, std::vector<LedgerEntry>& out) {
  if (!burst::holds_placed_gpus(burst)) return;
  const auto held = std::max(std::chrono::duration_cast<std::chrono::milliseconds>(now - *burst.placed_at),
                             std::chrono::milliseconds(0));
  entry.placed = burst.placed_at;
  entry.started = burst.started_at;
  entry.cost = market::cost_of(entry.price_per_gpu_hour, burst.gpus, held);
  if (claim_price) entry.claim_cost = market::cost_of(*claim_price, burst.gpus, held);
  entry.gpu_seconds = std::chrono::floor<std::chrono::seconds>(held).count() * burst.gpus;
  out.push_back(std::move(entry));
}

/// The cost beyond the attempts that are charged one by one: its last attempt, where it has ended; else
/// earlier attempts, of which no more is known.
void add_rest(LedgerEntry entry, const burst::Burst& burst, std::vector<LedgerEntry>& out) {
  take_rest(burst, out, entry);
  if (entry.cost.micros == 0 && entry.gpu_seconds == 0) return;
  if (burst.ended()) {
    entry.placed = burst.placed_at;
    entry.started = burst.started_at;
    entry.ended = burst.ended_at;
    entry.end_reason = burst::to_string(burst.end_reason);
  } else {
    LedgerEntry earlier;
    earlier.burst_uid = entry.burst_uid;
    earlier.ns = entry.ns;
    earlier.burst = entry.burst;
    earlier.pod = entry.pod;
    earlier.pod_uid = entry.pod_uid;
    earlier.claim = entry.claim;
    earlier.gpus = entry.gpus;
    earlier.currency = entry.currency;
    earlier.cost = entry.cost;
    earlier.gpu_seconds = entry.gpu_seconds;
    earlier.ended = burst.obtaining_at.value_or(burst.requested);  // not later: then the present one began
    entry = std::move(earlier);
  }
  out.push_back(std::move(entry));
}

}  // namespace

std::vector<LedgerEntry> charges_of_burst(const nlohmann::json& object, base::Time now,
                                          std::string& problem) {
  std::vector<LedgerEntry> out = api::read_charges(object, problem);
  const std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto record = kube::decode_text<api::BurstRecord>(text, api::decode_burst);
  if (!record) {
    if (problem.empty()) problem = record.error().message;
    return out;
  }
  if (problem.empty()) problem = record->problem;
  const LedgerEntry present = present_attempt(object, *record);
  const bool charged =
      std::ranges::any_of(out, [&](const auto& each) { return each.attempt == present.attempt; });
  add_rest(present, record->burst, out);
  if (!charged) add_live(present, record->burst, claim_price_of(object), now, out);
  return out;
}

std::vector<LedgerEntry> merge_charges(std::vector<LedgerEntry> ledger, std::vector<LedgerEntry> bursts) {
  std::vector<LedgerEntry> out;
  std::set<std::string> seen;
  for (auto* source : {&ledger, &bursts}) {
    for (LedgerEntry& entry : *source) {
      if (seen.insert(entry.key()).second) out.push_back(std::move(entry));
    }
  }
  std::ranges::stable_sort(out, {}, [](const LedgerEntry& entry) {
    return std::pair(entry.placed.value_or(entry.ended.value_or(base::Time{})), entry.key());
  });
  return out;
}

std::vector<LedgerEntry> select_charges(std::vector<LedgerEntry> entries, const std::string& ns,
                                        const CostPeriod& period, base::Time now) {
  std::erase_if(entries, [&](const LedgerEntry& entry) {
    const base::Time end = entry.ended.value_or(now);
    return (!ns.empty() && entry.ns != ns) || (period.since && end < *period.since) ||
           (period.until && end >= *period.until);
  });
  return entries;
}

}  // namespace cli
