#include "market/budget.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "market/price_list.h"

namespace market::budget_test {

base::Time at(const char* text) { return *base::parse_time(text); }

TEST(Budget, PeriodsAreCalendarPeriodsInUtc) {
  const auto now = at("2026-12-31T23:59:59.5Z");
  EXPECT_EQ(period_start(BudgetPeriod::kDay, now), at("2026-12-31T00:00:00Z"));
  EXPECT_EQ(period_end(BudgetPeriod::kDay, now), at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(period_start(BudgetPeriod::kMonth, now), at("2026-12-01T00:00:00Z"));
  EXPECT_EQ(period_end(BudgetPeriod::kMonth, now), at("2027-01-01T00:00:00Z"));
  EXPECT_EQ(period_end(BudgetPeriod::kMonth, at("2028-01-31T12:00:00Z")), at("2028-02-01T00:00:00Z"));
  EXPECT_EQ(period_start(BudgetPeriod::kTotal, now), base::Time{});
  EXPECT_FALSE(period_end(BudgetPeriod::kTotal, now));
}

TEST(Amounts, AreAddedUpByCurrencyAndConvertedUpwards) {
  Amounts sum;
  add(sum, "EUR", {3});
  add(sum, "USD", {10});
  add(sum, Amounts{{"USD", {1}}});
  const ExchangeRates rates{{"USD", 1'000'000}, {"EUR", 1'100'000}};
  EXPECT_EQ(total_in(sum, "USD", rates)->micros, 11 + 4);  // 3.3 rounded up
  const auto missing = total_in(sum, "INR", rates);
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().message.starts_with("there is no exchange rate from EUR to INR"));
  EXPECT_EQ(total_in(Amounts{{"INR", {7}}}, "INR", {})->micros, 7);
}

PriceLine line(std::int64_t micros, PriceKind kind = PriceKind::kContract) {
  PriceLine out;
  out.model = "H100";
  out.price = {.per_gpu_hour = {micros}, .currency = "USD", .as_of = "2026-11-01", .kind = kind};
  return out;
}

const GpuIdentity kSxm{"H100", "SXM", 80, "", false};
const auto kToday = at("2026-11-23T12:00:00Z");
constexpr auto kMonth = std::chrono::hours(24 * 30);

std::int64_t picked(std::vector<PriceLine> lines, const GpuIdentity& gpu = kSxm) {
  const auto price = pick_price(lines, gpu, "eu", CapacityType::kOnDemand, kToday, kMonth);
  return price ? price->per_gpu_hour.micros : -1;
}

TEST(PriceList, TheMostBindingAndMostParticularLineCounts) {
  auto here = line(2);
  here.region = "eu";
  auto elsewhere = line(3);
  elsewhere.region = "us";
  auto sxm = line(4);
  sxm.form = "SXM";
  auto pcie = line(5);
  pcie.form = "PCIe";
  auto spot = line(6);
  spot.capacity_type = CapacityType::kSpot;
  EXPECT_EQ(picked({line(1), here, elsewhere}), 2);
  EXPECT_EQ(picked({line(1), sxm, pcie}), 4);
  EXPECT_EQ(picked({sxm, here}), 2);
  EXPECT_EQ(picked({elsewhere, pcie, spot}), -1);
  EXPECT_EQ(picked({line(9, PriceKind::kList), line(8, PriceKind::kFeed), line(7, PriceKind::kPublished)}),
            7);
  auto list = line(1, PriceKind::kList);
  list.region = "eu";
  EXPECT_EQ(picked({list, line(9)}), 9);  // a contract goes before any list price
}

TEST(PriceList, AnUnknownCardHasNoPriceOfItsFormOrModel) {
  auto sxm = line(4);
  sxm.form = "SXM";
  const GpuIdentity bare{"H100", "", 0, "", false};
  EXPECT_EQ(picked({sxm}, bare), -1);
  EXPECT_EQ(picked({sxm, line(9)}, bare), 9);
  EXPECT_EQ(picked({line(1)}, GpuIdentity{}), -1);
}

TEST(PriceList, OldPricesAreStale) {
  const auto stale = [](const char* as_of, PriceKind kind) {
    auto entry = line(1, kind);
    entry.price.as_of = as_of;
    return pick_price(std::vector{entry}, kSxm, "eu", CapacityType::kOnDemand, kToday, kMonth)->stale;
  };
  EXPECT_FALSE(stale("2026-11-01", PriceKind::kContract));
  EXPECT_TRUE(stale("2026-10-01", PriceKind::kContract));
  EXPECT_FALSE(stale("", PriceKind::kContract));
  EXPECT_TRUE(stale("", PriceKind::kList));
  EXPECT_TRUE(stale("soon", PriceKind::kList));
}

}  // namespace market::budget_test
