#include "operator/publish/listing.h"

#include <gtest/gtest.h>

namespace op::listing_test {

market::Offer offer(const std::string& name, const std::string& model, std::int64_t free) {
  market::Offer out;
  out.name = name;
  out.provider = "acme";
  out.region = "north";
  out.gpu.model = model;
  out.total_gpus = 16;
  out.free_gpus = free;
  out.free_blocks = {free, free / 2, 0, free / 4, 0, 0, 0, free / 8};
  out.available = true;
  out.price = market::Price{.per_gpu_hour = {2'400'000}, .kind = market::PriceKind::kPublished};
  return out;
}

market::PriceLine own_price(std::int64_t micros) {
  market::PriceLine line;
  line.model = "H100";
  line.price = {.per_gpu_hour = {micros}, .as_of = "2026-11-01", .kind = market::PriceKind::kPublished};
  return line;
}

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);

TEST(Listing, WithoutTenantsEverybodySeesTheOffer) {
  const auto listings = make_listings({}, {offer("acme-north-h100-ondemand", "H100", 8)}, kNow);
  ASSERT_EQ(listings.size(), 1u);
  EXPECT_EQ(listings[0].name, "acme-north-h100-ondemand");
  EXPECT_EQ(listing_labels(listings[0]), (nlohmann::json{{"neoburst.io/published", "true"}}));
  const auto object = listing_object(listings[0]);
  EXPECT_EQ(object["spec"]["priceKind"], "Published");
  EXPECT_EQ(object["spec"]["pricePerGPUHour"], "2.40");
  const auto status = listing_status(listings[0]);
  EXPECT_EQ(status["freeGPUs"], 8);
  EXPECT_FALSE(status.contains("node")) << "burst nodes are at the customers'";
}

TEST(Listing, TheReserveIsKeptBackOfEveryOfferOfTheModel) {
  Sheet sheet;
  sheet.reserve = {{"H100", 4}};
  const auto listings =
      make_listings(sheet, {offer("a", "H100", 8), offer("b", "H100", 3), offer("c", "L4", 8)}, kNow);
  ASSERT_EQ(listings.size(), 3u);
  EXPECT_EQ(listings[0].offer.total_gpus, 12);
  EXPECT_EQ(listings[0].offer.free_gpus, 4);
  EXPECT_EQ(listings[0].offer.free_blocks, (std::array<std::int64_t, 8>{4, 2, 0, 1, 0, 0, 0, 0}));
  EXPECT_EQ(listings[1].offer.free_gpus, 0);
  EXPECT_EQ(listings[1].offer.free_blocks, (std::array<std::int64_t, 8>{}));
  EXPECT_EQ(listings[2].offer.free_gpus, 8);
  EXPECT_EQ(listings[2].offer.total_gpus, 16);
}

TEST(Listing, ATenantSeesItsModelsItsLimitAndItsPrice) {
  Sheet sheet;
  sheet.tenants = {{"big", {}, {}, {}}, {"small", 2, {"H100"}, {own_price(2'100'000)}}};
  const auto listings = make_listings(sheet, {offer("h", "H100", 8), offer("l", "L4", 8)}, kNow);
  ASSERT_EQ(listings.size(), 3u);
  EXPECT_EQ(listings[0].name, "h.big");
  EXPECT_EQ(listings[0].offer.price->per_gpu_hour.micros, 2'400'000);
  EXPECT_EQ(listings[1].name, "h.small");
  EXPECT_EQ(listings[1].offer.price->per_gpu_hour.micros, 2'100'000);
  EXPECT_EQ(listings[1].offer.total_gpus, 2);
  EXPECT_EQ(listings[1].offer.free_gpus, 2);
  EXPECT_EQ(listings[1].offer.free_blocks, (std::array<std::int64_t, 8>{2, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(listing_labels(listings[1])["neoburst.io/tenant"], "small");
  EXPECT_EQ(listings[2].name, "l.big") << "small may have no L4";
}

}  // namespace op::listing_test
