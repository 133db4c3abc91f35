#include "cli/cost/print.h"

#include <cstdlib>
#include <vector>

#include "base/time_text.h"
#include "cli/cost/focus.h"
#include "cli/cost/summary.h"
#include "cli/output/csv.h"
#include "cli/output/json_text.h"
#include "cli/output/table.h"

namespace cli {
namespace {

using api::LedgerEntry;

std::string title_of(CostGroup by) {
  switch (by) {
    case CostGroup::kClaim:
      return "CLAIM";
    case CostGroup::kProvider:
      return "PROVIDER";
    case CostGroup::kNamespace:
      return "NAMESPACE";
    case CostGroup::kCountry:
      return "COUNTRY";
  }
  std::abort();
}

std::string time_text(const std::optional<base::Time>& time) { return time ? base::format_time(*time) : ""; }

std::string costs_as_table(std::span<const LedgerEntry> entries, CostGroup by) {
  const CostSummary summary = summarise(entries, by);
  Table table({{title_of(by)},
               {"ATTEMPTS", true},
               {"RUNNING", true},
               {"GPU-HOURS", true},
               {"COST", true},
               {"CURRENCY"}});
  const auto add = [&](const CostRow& row, const std::string& name) {
    table.add({name, std::to_string(row.attempts), std::to_string(row.running),
               gpu_hours_text(row.gpu_seconds), market::format_money(row.cost), row.currency});
  };
  for (const CostRow& row : summary.rows) add(row, row.group);
  for (const CostRow& total : summary.totals) add(total, "TOTAL");
  return table.text();
}

std::string costs_as_csv(std::span<const LedgerEntry> entries) {
  std::string out = csv_line({"namespace",  "claim",      "burst",        "attempt",         "pod",
                              "provider",   "region",     "country",      "jurisdiction",    "offer",
                              "gpuModel",   "gpus",       "capacityType", "pricePerGPUHour", "currency",
                              "priceKind",  "placedTime", "startedTime",  "endedTime",       "endReason",
                              "gpuSeconds", "cost",       "claimCost",    "claimCurrency"});
  for (const LedgerEntry& e : entries) {
    out += csv_line({e.ns,
                     e.claim,
                     e.burst,
                     std::to_string(e.attempt),
                     e.pod,
                     e.provider,
                     e.region,
                     e.country,
                     e.jurisdiction,
                     e.offer,
                     e.gpu_model,
                     std::to_string(e.gpus),
                     e.capacity_type,
                     e.attempt == 0 ? "" : market::format_money(e.price_per_gpu_hour),
                     e.currency,
                     e.price_kind,
                     time_text(e.placed),
                     time_text(e.started),
                     time_text(e.ended),
                     e.end_reason,
                     std::to_string(e.gpu_seconds),
                     market::format_money(e.cost),
                     e.claim_cost ? market::format_money(*e.claim_cost) : "",
                     e.claim_currency});
  }
  return out;
}

nlohmann::ordered_json rows_document(const std::vector<CostRow>& rows, bool grouped) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const CostRow& row : rows) {
    nlohmann::ordered_json each = nlohmann::ordered_json::object();
    if (grouped) each["group"] = row.group;
    each["currency"] = row.currency;
    each["cost"] = market::format_money(row.cost);
    each["attempts"] = row.attempts;
    each["running"] = row.running;
    each["gpuSeconds"] = row.gpu_seconds;
    out.push_back(std::move(each));
  }
  return out;
}

std::string costs_as_json(std::span<const LedgerEntry> entries, CostGroup by, base::Time now) {
  const CostSummary summary = summarise(entries, by);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const LedgerEntry& entry : entries)
    list.push_back(nlohmann::ordered_json(api::ledger_entry_json(entry)));
  return json_text({{"asOf", base::format_time(now)},
                    {"groups", rows_document(summary.rows, true)},
                    {"totals", rows_document(summary.totals, false)},
                    {"entries", std::move(list)}});
}

}  // namespace

std::string print_costs(std::span<const LedgerEntry> entries, const CostFlags& flags, base::Time now) {
  const CostGroup by = flags.by.value_or(CostGroup::kClaim);
  switch (flags.format) {
    case CostFormat::kTable:
      return entries.empty() ? "" : costs_as_table(entries, by);
    case CostFormat::kCsv:
      return costs_as_csv(entries);
    case CostFormat::kFocus:
      return focus_csv(entries, now);
    case CostFormat::kJson:
      return costs_as_json(entries, by, now);
  }
  std::abort();
}

}  // namespace cli
