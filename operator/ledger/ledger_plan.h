#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/ledger.h"
#include "base/clock.h"
#include "burst/spend_book.h"

/// How the cost of a burst moves from its record into the ledger, exactly once, whatever crashes in between:
///
///   1. The charges of an ended PodBurst are appended to a page: one write, by compare-and-set on the page.
///   2. Its finalizer is removed and it is deleted, only when a page, as read, has all its charges.
///
/// A crash after 1 leaves a record whose charges are in a page: their keys show that, and each key is counted
/// once. A lost reply to 1 is an append that fails the next time. Spend is what the pages have plus
/// the charges of records that no page has. All pure; LedgerController acts on it.
namespace op {

using Bursts = std::vector<std::shared_ptr<const api::BurstRecord>>;

/// True when every charge of the burst is in the book.
bool is_booked(const burst::Burst& burst, const burst::SpendBook& book);
/// Ended, with charges that are not in the book; in the order in which they ended.
Bursts to_book(const Bursts& bursts, const burst::SpendBook& book);
/// True when nothing would be lost with the record: readable, booked, and no attempt of it may hold GPUs.
bool may_go(const api::BurstRecord& record, const burst::SpendBook& book);
/// Being deleted, booked, and without an attempt that may hold GPUs: their finalizer may go.
Bursts to_finalize(const Bursts& bursts, const burst::SpendBook& book);
/// Ended longer than `retention` ago, booked, their pod gone: to be deleted.
Bursts to_delete(const Bursts& bursts, const burst::SpendBook& book, base::Time now,
                 std::chrono::milliseconds retention,
                 const std::function<bool(const burst::Burst&)>& pod_exists);

using Pages = std::vector<std::shared_ptr<const api::LedgerPageRecord>>;
/// The page of today that more can be appended to, null when there is none.
std::shared_ptr<const api::LedgerPageRecord> open_page(const Pages& pages, base::Time now);
/// A name that no page has: "ledger-20261123-0002".
std::string next_page_name(const Pages& pages, base::Time now);
/// Pages whose last entry is older than `retention`.
Pages outdated_pages(const Pages& pages, base::Time now, std::chrono::milliseconds retention);

/// Entries of one page at most, and of one write.
inline constexpr std::size_t kPageEntries = 400;
inline constexpr std::size_t kWriteEntries = 100;

}  // namespace op
