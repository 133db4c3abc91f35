#include "burst/spend_book.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace burst::spend_book_test {

using std::chrono::hours;

const base::Time kToday = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

BookEntry entry(const std::string& key, std::int64_t micros, base::Time at = kToday) {
  return {key, "lab", "train", at, {micros}, "USD", {micros * 2}, "EUR"};
}

TEST(SpendBook, AddsUpByClaimAndPeriod) {
  SpendBook book;
  book.set_page(
      "a", {entry("x/1", 1), entry("y/1", 10, kToday - hours(1)), entry("z/1", 100, kToday + hours(23))});
  EXPECT_EQ(book.spent(base::Time{}), (market::Amounts{{"USD", {111}}}));
  EXPECT_EQ(book.spent(kToday), (market::Amounts{{"USD", {101}}}));
  EXPECT_EQ(book.claim_spent("lab", "train", kToday), (market::Amounts{{"EUR", {202}}}));
  EXPECT_TRUE(book.claim_spent("lab", "other", base::Time{}).empty());
  EXPECT_TRUE(book.contains("x/1"));
  book.erase_page("a");
  EXPECT_FALSE(book.contains("x/1"));
  EXPECT_EQ(book.spent(base::Time{})["USD"].micros, 0);
}

// An entry that comes twice, on the same page or another one, is counted once.
RC_GTEST_PROP(SpendBookProperty, EveryKeyCountsOnce, ()) {
  SpendBook book;
  std::map<std::string, std::vector<BookEntry>> pages;
  std::set<int> keys;
  const int steps = *rc::gen::inRange(0, 60);
  for (int i = 0; i < steps; ++i) {
    const std::string page(1, static_cast<char>('a' + *rc::gen::inRange(0, 4)));
    const int key = *rc::gen::inRange(0, 20);
    keys.insert(key);
    pages[page].push_back(entry("k" + std::to_string(key), key + 1));
    book.set_page(page, pages[page]);
  }
  std::int64_t sum = 0;
  for (const int key : keys) sum += key + 1;
  RC_ASSERT(book.spent(base::Time{})["USD"].micros == sum);
  RC_ASSERT(book.claim_spent("lab", "train", kToday)["EUR"].micros == 2 * sum);
}

}  // namespace burst::spend_book_test
