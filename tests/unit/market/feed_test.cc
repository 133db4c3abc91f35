#include "market/feed.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "market/azure_sizes.h"
#include "market/gpu_catalogue.h"

namespace market::feed_test {

TEST(PriceNumber, IsReadFromItsDigits) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"6.98", 6'980'000},
      {"399", 399'000'000},
      {"0.1", 100'000},
      {"18.169536", 18'169'536},
      {"0", 0},
      {"0.0", 0},
      {"0e9", 0},
      {"1E-05", 10},
      {"1.5e+2", 150'000'000},
      {"1e-6", 1},
      {"1e-7", 1},  // rounded up: what is paid is never above what is shown
      {"0.0000001", 1},
      {"2.9500001", 2'950'001},
      {"2.95000000000000000000", 2'950'000},
      {"000012.5", 12'500'000},
      {"999999999999.999999", 999'999'999'999'999'999},
  };
  for (const auto& [text, micros] : cases) {
    const auto price = parse_price_number(text);
    ASSERT_TRUE(price) << text;
    EXPECT_EQ(price->micros, micros) << text;
  }
}

TEST(PriceNumber, AnythingElseIsNone) {
  for (const char* text :
       {"", "-1", "+1", ".5", "1.", "1,5", "1e", "1e999", "1e12", "1000000000000", "NaN", "0x10", "1 ",
        "\"1\"", "true", "1e-", "1.2.3", "99999999999999999999999999999999999999999999"}) {
    EXPECT_FALSE(parse_price_number(text)) << text;
  }
}

RC_GTEST_PROP(PriceNumber, AgreesWithParseMoney, ()) {
  const auto micros = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
  RC_ASSERT(parse_price_number(format_money({micros})) == Money{micros});
}

RC_GTEST_PROP(PriceNumber, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto price = parse_price_number(text);
  RC_ASSERT(!price || price->micros >= 0);
}

RC_GTEST_PROP(DivideUp, SharesCoverTheWholeAndNoMore, ()) {
  const auto micros = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
  const auto parts = *rc::gen::inRange<std::int64_t>(1, 6'400);
  const auto share = divide_up({micros}, parts).micros;
  RC_ASSERT(share * parts >= micros);
  RC_ASSERT(share * parts < micros + parts);
}

FeedEntry entry(GpuIdentity gpu, std::string region, std::int64_t micros) {
  FeedEntry out;
  out.instance = "machine";
  out.gpu = std::move(gpu);
  out.region = std::move(region);
  out.per_gpu_hour = {micros};
  return out;
}

GpuIdentity card(std::string model, std::string form, std::int64_t gib) {
  GpuIdentity gpu;
  gpu.model = std::move(model);
  gpu.form = std::move(form);
  gpu.memory_gib = gib;
  return gpu;
}

FeedSnapshot some_feed() {
  FeedSnapshot feed;
  feed.currency = "EUR";
  feed.as_of = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(7);
  feed.entries = {entry(card("H100", "SXM", 80), "", 4'290'000),  //
                  entry(card("H100", "SXM", 80), "", 3'990'000),
                  entry(card("H100", "PCIe", 80), "north", 3'290'000),
                  entry(card("A100", "SXM", 40), "", 1'990'000), entry(card("A100", "", 0), "", 2'790'000)};
  return feed;
}

TEST(FeedPrice, IsTheDearestMachineTheGpuMayComeIn) {
  const auto feed = some_feed();
  const auto price = feed_price(feed, card("H100", "SXM", 80), "south", CapacityType::kOnDemand);
  ASSERT_TRUE(price);
  EXPECT_EQ(price->per_gpu_hour.micros, 4'290'000);
  EXPECT_EQ(price->currency, "EUR");
  EXPECT_EQ(price->as_of, "2026-11-23");
  EXPECT_EQ(price->kind, PriceKind::kFeed);
  EXPECT_FALSE(price->stale);
  // Unknown on either side may be the same card, so the dearer one counts.
  EXPECT_EQ(feed_price(feed, card("A100", "SXM", 40), "", CapacityType::kOnDemand)->per_gpu_hour.micros,
            2'790'000);
  EXPECT_EQ(feed_price(feed, card("H100", "", 0), "north", CapacityType::kOnDemand)->per_gpu_hour.micros,
            4'290'000);
}

TEST(FeedPrice, NoneForAnotherPlaceCardTypeOrAPartOfAGpu) {
  const auto feed = some_feed();
  EXPECT_TRUE(feed_price(feed, card("H100", "PCIe", 80), "north", CapacityType::kOnDemand));
  EXPECT_FALSE(feed_price(feed, card("H100", "PCIe", 80), "south", CapacityType::kOnDemand));
  EXPECT_FALSE(feed_price(feed, card("H100", "SXM", 94), "", CapacityType::kOnDemand));
  EXPECT_FALSE(feed_price(feed, card("H100", "SXM", 80), "", CapacityType::kSpot));
  EXPECT_FALSE(feed_price(feed, card("H200", "SXM", 141), "", CapacityType::kOnDemand));
  EXPECT_FALSE(feed_price(feed, card("", "", 0), "", CapacityType::kOnDemand));
  auto slice = card("H100", "SXM", 80);
  slice.shared = true;
  EXPECT_FALSE(feed_price(feed, slice, "", CapacityType::kOnDemand));
}

TEST(AzureSizes, AreKnownByTheirWholeNameInAnyCase) {
  const struct {
    const char* name;
    std::int64_t gpus;
    const char* model;
    const char* form;
    std::int64_t gib;
  } cases[] = {
      {"Standard_NC24ads_A100_v4", 1, "A100", "PCIe", 80},
      {"Standard_ND96isr_H100_v5", 8, "H100", "SXM", 80},
      {"Standard_NC40ads_H100_v5", 1, "H100", "NVL", 94},
      {"Standard_NC80adis_H100_v5", 2, "H100", "NVL", 94},
      {"Standard_ND96asr_v4", 8, "A100", "SXM", 40},
      {"standard_nd96isr_h200_V5", 8, "H200", "SXM", 141},
  };
  for (const auto& c : cases) {
    const AzureSize* size = find_azure_size(c.name);
    ASSERT_NE(size, nullptr) << c.name;
    EXPECT_EQ(size->gpus, c.gpus) << c.name;
    EXPECT_EQ(size->gpu().model, c.model) << c.name;
    EXPECT_EQ(size->gpu().form, c.form) << c.name;
    EXPECT_EQ(size->gpu().memory_gib, c.gib) << c.name;
    EXPECT_EQ(canonical_model(c.model), c.model) << "a size names a model of the catalogue";
  }
  // A sixth of an A10, no GPU, an AMD one, a host and nonsense.
  for (const char* name : {"Standard_NV6ads_A10_v5", "Standard_D4s_v3", "Standard_ND96isr_MI300X_v5",
                           "NDasrA100v4_Type1", "Standard_", "ND96isr_H100_v5", ""}) {
    EXPECT_EQ(find_azure_size(name), nullptr) << name;
  }
}

}  // namespace market::feed_test
