#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "burst/burst.h"
#include "market/budget.h"

namespace burst {

/// One attempt's cost as a ledger page has it.
struct BookEntry {
  std::string key;  ///< charge_key()
  std::string ns;
  std::string claim;
  base::Time reserved_at;
  market::Money cost;
  std::string currency;
  market::Money claim_cost;
  std::string claim_currency;
};

/// The identity of a charge: it is counted once, however often it is written.
std::string charge_key(std::string_view burst_uid, int attempt);

/// The spend in the ledger's pages, added up by claim and day. Pages only grow, until they are deleted
/// whole. Thread-safe.
class SpendBook {
 public:
  /// Takes over a page; entries that it (or another page) already brought are not counted again.
  void set_page(const std::string& page, const std::vector<BookEntry>& entries);
  void erase_page(const std::string& page);

  bool contains(const std::string& key) const;
  /// In the claims' currencies, of attempts reserved at `since` (the begin of a UTC day, or the epoch) or
  /// later.
  market::Amounts claim_spent(std::string_view ns, std::string_view claim, base::Time since) const;
  /// In the prices' currencies, of all claims.
  market::Amounts spent(base::Time since) const;

 private:
  using Days = std::map<std::chrono::sys_days, market::Amounts>;
  static void count(Days& days, const BookEntry& entry, std::string_view currency, market::Money amount);
  static market::Amounts sum(const Days& days, base::Time since);

  mutable std::mutex mutex_;
  std::unordered_set<std::string> keys_;
  std::unordered_map<std::string, std::vector<BookEntry>> pages_;  ///< the new entries of each page
  std::map<std::string, Days, std::less<>> claims_;                ///< by "namespace/claim"
  Days all_;
};

}  // namespace burst
