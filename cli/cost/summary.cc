#include "cli/cost/summary.h"

#include <algorithm>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

namespace cli {
namespace {

std::string group_of(const api::LedgerEntry& entry, CostGroup by) {
  switch (by) {
    case CostGroup::kClaim:
      return entry.ns + "/" + entry.claim;
    case CostGroup::kProvider:
      return entry.provider;
    case CostGroup::kNamespace:
      return entry.ns;
    case CostGroup::kCountry:
      return entry.country;
  }
  return {};
}

std::int64_t saturating_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

void add(CostRow& row, const api::LedgerEntry& entry) {
  row.attempts += 1;
  row.running += entry.ended ? 0 : 1;
  row.gpu_seconds = saturating_sum(row.gpu_seconds, entry.gpu_seconds);
  row.cost.micros = saturating_sum(row.cost.micros, entry.cost.micros);
}

}  // namespace

CostSummary summarise(std::span<const api::LedgerEntry> entries, CostGroup by) {
  std::map<std::pair<std::string, std::string>, CostRow> rows;
  std::map<std::string, CostRow> totals;
  for (const api::LedgerEntry& entry : entries) {
    const std::string group = group_of(entry, by);
    add(rows.try_emplace({group, entry.currency}, CostRow{.group = group, .currency = entry.currency})
            .first->second,
        entry);
    add(totals.try_emplace(entry.currency, CostRow{.group = "", .currency = entry.currency}).first->second,
        entry);
  }
  CostSummary summary;
  for (auto& [key, row] : rows) summary.rows.push_back(std::move(row));
  for (auto& [currency, row] : totals) summary.totals.push_back(std::move(row));
  std::ranges::stable_sort(summary.rows, [](const CostRow& a, const CostRow& b) {
    return std::tie(a.currency, b.cost, a.group) < std::tie(b.currency, a.cost, b.group);
  });
  return summary;
}

std::string gpu_hours_text(std::int64_t gpu_seconds) {
  constexpr std::int64_t kSecondsPerHour = 3600;
  constexpr std::int64_t kMicro = 1'000'000;
  std::int64_t whole = gpu_seconds / kSecondsPerHour;
  std::int64_t micros = (gpu_seconds % kSecondsPerHour * kMicro + kSecondsPerHour / 2) / kSecondsPerHour;
  if (micros == kMicro) {
    ++whole;
    micros = 0;
  }
  if (micros == 0) return std::to_string(whole);
  std::string fraction = std::to_string(kMicro + micros).substr(1);
  fraction.erase(fraction.find_last_not_of('0') + 1);
  return std::to_string(whole) + "." + fraction;
}

}  // namespace cli
