#include "operator/ledger/ledger_plan.h"

#include <algorithm>

#include "base/time_text.h"
#include "burst/holding.h"

namespace op {
namespace {

/// "ledger-20261123-"
std::string day_prefix(base::Time now) {
  std::string date = base::format_time(now).substr(0, 10);
  std::erase(date, '-');
  return "ledger-" + date + "-";
}

}  // namespace

bool is_booked(const burst::Burst& b, const burst::SpendBook& book) {
  return std::ranges::all_of(b.charges, [&](const burst::Charge& charge) {
    return book.contains(burst::charge_key(b.uid, charge.attempt));
  });
}

Bursts to_book(const Bursts& bursts, const burst::SpendBook& book) {
  Bursts out;
  for (const auto& record : bursts) {
    const auto& b = record->burst;
    if (record->problem.empty() && b.ended() && !is_booked(b, book)) out.push_back(record);
  }
  std::ranges::sort(out, {}, [](const auto& record) { return *record->burst.ended_at; });
  return out;
}

bool may_go(const api::BurstRecord& record, const burst::SpendBook& book) {
  const auto& b = record.burst;
  return record.problem.empty() && !burst::may_hold_gpus(b) && is_booked(b, book);
}

Bursts to_finalize(const Bursts& bursts, const burst::SpendBook& book) {
  Bursts out;
  for (const auto& record : bursts) {
    if (record->burst.deleting && record->meta.has_finalizers && may_go(*record, book)) out.push_back(record);
  }
  return out;
}

Bursts to_delete(const Bursts& bursts, const burst::SpendBook& book, base::Time now,
                 std::chrono::milliseconds retention,
                 const std::function<bool(const burst::Burst&)>& pod_exists) {
  Bursts out;
  for (const auto& record : bursts) {
    const auto& b = record->burst;
    if (!record->problem.empty() || !b.ended() || b.deleting || *b.ended_at > now - retention) continue;
    if (is_booked(b, book) && !pod_exists(b)) out.push_back(record);
  }
  return out;
}

std::shared_ptr<const api::LedgerPageRecord> open_page(const Pages& pages, base::Time now) {
  std::shared_ptr<const api::LedgerPageRecord> open;
  for (const auto& page : pages) {
    if (!page->meta.name.starts_with(day_prefix(now)) || page->meta.deleting_since) continue;
    if (!open || page->meta.name > open->meta.name) open = page;
  }
  return open && open->entries.size() + kWriteEntries <= kPageEntries ? open : nullptr;
}

std::string next_page_name(const Pages& pages, base::Time now) {
  const std::string prefix = day_prefix(now);
  std::size_t number = 1;
  for (const auto& page : pages) {
    if (page->meta.name.starts_with(prefix)) ++number;
  }
  const auto name = [&](std::size_t n) {
    const std::string digits = std::to_string(n);
    return prefix + std::string(digits.size() < 4 ? 4 - digits.size() : 0, '0') + digits;
  };
  while (std::ranges::any_of(pages, [&](const auto& page) { return page->meta.name == name(number); }))
    ++number;
  return name(number);
}

Pages outdated_pages(const Pages& pages, base::Time now, std::chrono::milliseconds retention) {
  Pages out;
  for (const auto& page : pages) {
    if (page->newest != base::Time{} && page->newest < now - retention && !page->meta.deleting_since) {
      out.push_back(page);
    }
  }
  return out;
}

}  // namespace op
