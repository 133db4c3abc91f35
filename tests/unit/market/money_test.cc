#include "market/money.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>

namespace market::money_test {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(Money, ParsesDecimalText) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"2.95", 2'950'000}, {"0", 0},
      {"12", 12'000'000},  {"1234.000001", 1'234'000'001},
      {"0.1", 100'000},    {"999999999999.999999", 999'999'999'999'999'999}};
  for (const auto& [text, micros] : cases) {
    const auto money = parse_money(text);
    ASSERT_TRUE(money) << text;
    EXPECT_EQ(money->micros, micros) << text;
  }
}

TEST(Money, RejectsEverythingElse) {
  for (const char* text : {"", ".", "1.", ".5", "-1", "+1", "1,50", "$2", "1e3", "1.0000001", "1000000000000",
                           " 1", "1 ", "1.2.3", "NaN", "0x10"}) {
    const auto money = parse_money(text);
    ASSERT_FALSE(money) << text;
    EXPECT_TRUE(money.error().is(base::Code::kInvalid));
    EXPECT_NE(money.error().message.find("3.50"), std::string::npos) << "the mend is in the message";
  }
}

TEST(Money, Formats) {
  EXPECT_EQ(format_money({2'950'000}), "2.95");
  EXPECT_EQ(format_money({2'500'000}), "2.50");
  EXPECT_EQ(format_money({41'667}), "0.041667");
  EXPECT_EQ(format_money({12'000'000}), "12");
  EXPECT_EQ(format_money({0}), "0");
  EXPECT_EQ(format_money({-1'500'000}), "-1.50");
  EXPECT_EQ(format_money({std::numeric_limits<std::int64_t>::min()}), "-9223372036854.775808");
}

TEST(Money, FormatAndParseAreInverse) {
  EXPECT_TRUE(rc::check([] {
    const Money money{*rc::gen::inRange<std::int64_t>(0, 999'999'999'999'999'999)};
    const auto again = parse_money(format_money(money));
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->micros == money.micros);
  }));
}

TEST(Cost, IsExactAndRoundedUp) {
  EXPECT_EQ(cost_of({2'950'000}, 1, hours(1)).micros, 2'950'000);
  EXPECT_EQ(cost_of({2'950'000}, 8, hours(2)).micros, 47'200'000);
  EXPECT_EQ(cost_of({1}, 1, milliseconds(1)).micros, 1);
  EXPECT_EQ(cost_of({3'600'000}, 1, milliseconds(1)).micros, 1);
  EXPECT_EQ(cost_of({3'600'001}, 1, milliseconds(1)).micros, 2);
}

TEST(Cost, NothingCostsNothing) {
  EXPECT_EQ(cost_of({0}, 8, hours(1)).micros, 0);
  EXPECT_EQ(cost_of({1'000'000}, 0, hours(1)).micros, 0);
  EXPECT_EQ(cost_of({1'000'000}, 1, hours(-1)).micros, 0);
  EXPECT_EQ(cost_of({-1'000'000}, 1, hours(1)).micros, 0);
}

TEST(Cost, Saturates) {
  constexpr auto kMax = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cost_of({kMax}, kMax, milliseconds(kMax)).micros, kMax);
  EXPECT_EQ(cost_of({kMax}, 1, milliseconds(3'600'001)).micros, kMax);
  EXPECT_EQ(cost_of({kMax}, 1, hours(1)).micros, kMax);
}

TEST(Cost, GrowsWithTimeAndSplittingNeverMakesItCheaper) {
  EXPECT_TRUE(rc::check([] {
    const Money price{*rc::gen::inRange<std::int64_t>(0, 100'000'000)};
    const auto gpus = *rc::gen::inRange<std::int64_t>(1, 64);
    const milliseconds a{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000)};
    const milliseconds b{*rc::gen::inRange<std::int64_t>(0, 1'000'000'000)};
    const Money whole = cost_of(price, gpus, a + b);
    const Money parts = cost_of(price, gpus, a) + cost_of(price, gpus, b);
    RC_ASSERT(whole >= cost_of(price, gpus, a));
    RC_ASSERT(parts >= whole);
    RC_ASSERT((parts - whole).micros <= 1);
  }));
}

TEST(Money, SumsSaturate) {
  const Money most{std::numeric_limits<std::int64_t>::max()};
  const Money least{std::numeric_limits<std::int64_t>::min()};
  EXPECT_EQ(most + Money{1}, most);
  EXPECT_EQ(most + most, most);
  EXPECT_EQ(least - Money{1}, least);
  EXPECT_EQ(least + least, least);
  EXPECT_EQ(most - least, most);
  EXPECT_EQ(Money{-1} - most, least);
  EXPECT_EQ(most + least, Money{-1});
}

}  // namespace market::money_test
