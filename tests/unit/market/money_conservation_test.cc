#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "market/money.h"

namespace market::money_conservation_test {

using std::chrono::milliseconds;

constexpr std::int64_t kAtLeast = 1'000'000;
constexpr int kOperations = 10'000;  // in each of RapidCheck's hundred runs

/// Small and fast, so that a million operations need no million draws of RapidCheck.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed | 1) {}
  std::int64_t below(std::int64_t limit) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::int64_t>(state_ % static_cast<std::uint64_t>(limit));
  }

 private:
  std::uint64_t state_;
};

/// A budget as claims use it: money is reserved for the longest a pod may run, what it cost is spent, the
/// rest goes back.
struct Books {
  Money left;
  Money reserved;
  Money spent;
  std::vector<Money> reservations;
  Money total() const { return left + reserved + spent; }
};

void reserve(Books& books, Dice& dice) {
  const Money most =
      cost_of({dice.below(100'000'000)}, 1 + dice.below(8), milliseconds(dice.below(604'800'000)));
  if (most > books.left) return;
  books.left = books.left - most;
  books.reserved = books.reserved + most;
  books.reservations.push_back(most);
}

void settle(Books& books, Dice& dice) {
  if (books.reservations.empty()) return;
  std::swap(books.reservations[static_cast<std::size_t>(
                dice.below(static_cast<std::int64_t>(books.reservations.size())))],
            books.reservations.back());
  const Money most = books.reservations.back();
  const Money cost{dice.below(most.micros + 1)};
  books.reservations.pop_back();
  books.reserved = books.reserved - most;
  books.spent = books.spent + cost;
  books.left = books.left + (most - cost);
}

/// As a status is written and read again by the next operator.
void write_and_read(Books& books) {
  for (Money* account : {&books.left, &books.reserved, &books.spent}) {
    const auto again = parse_money(format_money(*account));
    RC_ASSERT(again.has_value());
    *account = *again;
  }
}

TEST(MoneyConservation, HoldsToTheMicroUnitOverAMillionOperations) {
  std::int64_t operations = 0;
  std::int64_t settled = 0;
  EXPECT_TRUE(rc::check([&] {
    Dice dice(*rc::gen::arbitrary<std::uint64_t>());
    Books books{
        .left = {1 + dice.below(1'000'000'000'000'000)}, .reserved = {}, .spent = {}, .reservations = {}};
    const Money all = books.total();
    for (int i = 0; i < kOperations; ++i, ++operations) {
      const std::int64_t what = dice.below(100);
      const std::size_t before = books.reservations.size();
      if (what < 50) {
        reserve(books, dice);
      } else if (what < 99) {
        settle(books, dice);
      } else {
        write_and_read(books);
      }
      if (books.reservations.size() < before) ++settled;
      if (books.total() != all || books.left < Money{} || books.reserved < Money{}) {
        RC_FAIL("after operation " + std::to_string(i) + " of money " + format_money(all));
      }
    }
    Money open;
    for (const Money each : books.reservations) open = open + each;
    RC_ASSERT(open == books.reserved);
  }));
  EXPECT_GE(operations, kAtLeast);
  EXPECT_GT(settled, kAtLeast / 10) << "most operations did nothing";
}

}  // namespace market::money_conservation_test
