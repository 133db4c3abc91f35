#include "burst/spend_book.h"

namespace burst {
namespace {

std::string claim_key(std::string_view ns, std::string_view claim) {
  return std::string(ns) + "/" + std::string(claim);
}

}  // namespace

std::string charge_key(std::string_view burst_uid, int attempt) {
  return std::string(burst_uid) + "/" + std::to_string(attempt);
}

void SpendBook::count(Days& days, const BookEntry& entry, std::string_view currency, market::Money amount) {
  market::add(days[std::chrono::floor<std::chrono::days>(entry.reserved_at)], currency, amount);
}

market::Amounts SpendBook::sum(const Days& days, base::Time since) {
  market::Amounts out;
  for (auto day = days.lower_bound(std::chrono::floor<std::chrono::days>(since)); day != days.end(); ++day) {
    market::add(out, day->second);
  }
  return out;
}

void SpendBook::set_page(const std::string& page, const std::vector<BookEntry>& entries) {
  std::lock_guard lock(mutex_);
  for (const BookEntry& entry : entries) {
    if (!keys_.insert(entry.key).second) continue;
    pages_[page].push_back(entry);
    count(claims_[claim_key(entry.ns, entry.claim)], entry, entry.claim_currency, entry.claim_cost);
    count(all_, entry, entry.currency, entry.cost);
  }
}

void SpendBook::erase_page(const std::string& page) {
  std::lock_guard lock(mutex_);
  const auto at = pages_.find(page);
  if (at == pages_.end()) return;
  for (const BookEntry& entry : at->second) {
    keys_.erase(entry.key);
    count(claims_[claim_key(entry.ns, entry.claim)], entry, entry.claim_currency,
          market::Money{} - entry.claim_cost);
    count(all_, entry, entry.currency, market::Money{} - entry.cost);
  }
  pages_.erase(at);
}

bool SpendBook::contains(const std::string& key) const {
  std::lock_guard lock(mutex_);
  return keys_.contains(key);
}

market::Amounts SpendBook::claim_spent(std::string_view ns, std::string_view claim, base::Time since) const {
  std::lock_guard lock(mutex_);
  const auto at = claims_.find(claim_key(ns, claim));
  return at == claims_.end() ? market::Amounts{} : sum(at->second, since);
}

market::Amounts SpendBook::spent(base::Time since) const {
  std::lock_guard lock(mutex_);
  return sum(all_, since);
}

}  // namespace burst
