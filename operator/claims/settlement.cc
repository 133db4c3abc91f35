#include "operator/claims/settlement.h"

#include <algorithm>

namespace op {
namespace {

/// One write of a claim's status stays small; the rest follows with the next ones.
constexpr std::size_t kAtOnce = 200;

bool is_listed(const api::ClaimRecord& claim, const std::string& uid) {
  return std::ranges::find(claim.settled_bursts, uid) != claim.settled_bursts.end();
}

}  // namespace

base::Time period_start(market::BudgetPeriod period, base::Time now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  switch (period) {
    case market::BudgetPeriod::kTotal:
      return base::Time{};
    case market::BudgetPeriod::kDay:
      return day;
    case market::BudgetPeriod::kMonth: {
      const std::chrono::year_month_day date(day);
      return std::chrono::sys_days(date.year() / date.month() / 1);
    }
  }
  return base::Time{};
}

Bursts settle_candidates(const api::ClaimRecord& claim, const Bursts& bursts, base::Time now,
                         std::chrono::milliseconds retention,
                         const std::function<bool(const burst::Burst&)>& pod_exists) {
  // Records of the present period are what its spend is computed from.
  auto before = now - retention;
  if (claim.rules.budget && claim.rules.budget->period != market::BudgetPeriod::kTotal) {
    before = std::min<base::Time>(before, period_start(claim.rules.budget->period, now));
  }
  Bursts out;
  for (const auto& record : bursts) {
    if (out.size() == kAtOnce) break;
    const auto& b = record->burst;
    if (!record->problem.empty() || !b.ended() || *b.ended_at > before || b.deleting) continue;
    if (is_listed(claim, b.uid) || pod_exists(b)) continue;
    out.push_back(record);
  }
  return out;
}

Bursts settled_records(const api::ClaimRecord& claim, const Bursts& bursts) {
  Bursts out;
  for (const auto& record : bursts) {
    if (is_listed(claim, record->burst.uid)) out.push_back(record);
  }
  return out;
}

Settled settle(const api::ClaimRecord& claim, const Bursts& confirmed,
               const std::set<std::string>* existing) {
  Settled after{claim.settled, {}};
  for (const auto& uid : claim.settled_bursts) {
    if (!existing || existing->contains(uid)) after.bursts.push_back(uid);
  }
  for (const auto& record : confirmed) {
    if (!record->burst.ended() || is_listed(claim, record->burst.uid)) continue;
    after.amount = after.amount + record->burst.cost;
    after.bursts.push_back(record->burst.uid);
  }
  return after;
}

}  // namespace op
