#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "api/azure_feed.h"
#include "api/lambda_feed.h"
#include "json.h"
#include "support/replies.h"

namespace api::feed_test {

using nlohmann::json;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + std::chrono::hours(12);

/// Prices are those of Lambda's public list of 2026-09-25.
std::string lambda_reply() { return testing_support::documented_reply("lambda-instance-types.json"); }

/// One item as Azure documents it.
json azure_item(const json& changes = json::object()) {
  json item = json::parse(testing_support::documented_reply("azure-retail-prices.json")).at("Items").at(0);
  item.update(changes);
  return item;
}

std::string azure_page(const std::vector<json>& items, const json& next = nullptr) {
  return json{{"BillingCurrency", "USD"}, {"CustomerEntityId", "Default"}, {"CustomerEntityType", "Retail"},
              {"Items", items},           {"NextPageLink", next},          {"Count", items.size()}}
      .dump();
}

market::FeedSnapshot azure_feed(const std::vector<json>& items) {
  market::FeedSnapshot feed;
  const auto read = add_azure_page(azure_page(items), kNow, feed);
  EXPECT_TRUE(read) << read.error().text();
  return feed;
}

TEST(LambdaFeed, ReadsTheDocumentedReply) {
  const auto feed = parse_lambda_instance_types(lambda_reply());
  ASSERT_TRUE(feed) << feed.error().text();
  ASSERT_EQ(feed->entries.size(), 4u);
  EXPECT_EQ(feed->unknown, 1) << "the machine without a GPU";
  EXPECT_EQ(feed->unreadable, 0);
  EXPECT_EQ(feed->currency, "USD");
  const auto& one = feed->entries[0];
  EXPECT_EQ(one.instance, "gpu_1x_h100_sxm5");
  EXPECT_EQ(one.gpu.model, "H100");
  EXPECT_EQ(one.gpu.form, "SXM");
  EXPECT_EQ(one.gpu.memory_gib, 80);
  EXPECT_EQ(one.per_gpu_hour.micros, 4'290'000);
  EXPECT_EQ(one.region, "");
  EXPECT_EQ(one.available_in, std::vector<std::string>{"us-west-3"});
  const auto& eight = feed->entries[1];
  EXPECT_EQ(eight.gpus_per_instance, 8);
  EXPECT_EQ(eight.per_gpu_hour.micros, 3'990'000) << "the price is the machine's, not the GPU's";
  EXPECT_TRUE(eight.available_in && eight.available_in->empty());
  EXPECT_EQ(feed->entries[2].gpu.memory_gib, 40);
  EXPECT_EQ(feed->entries[3].gpu.model, "GH200");
  EXPECT_EQ(feed->entries[3].gpu.memory_gib, 96);
}

TEST(LambdaFeed, KnowsTheCardsOfItsPriceList) {
  const struct {
    const char* name;
    const char* description;
    const char* model;
    const char* form;
    std::int64_t gib;
  } cases[] = {
      {"gpu_1x_h100_pcie", "H100 (80 GB PCIe)", "H100", "PCIe", 80},
      {"gpu_8x_a100_80gb_sxm4", "A100 (80 GB SXM4)", "A100", "SXM", 80},
      {"gpu_8x_a100_80gb_sxm4", "", "A100", "SXM", 80},
      {"gpu_8x_b200_sxm6", "B200 (180 GB SXM6)", "B200", "SXM", 180},
      {"gpu_1x_a10", "A10 (24 GB PCIe)", "A10", "PCIe", 24},
      {"gpu_1x_a6000", "A6000 (48 GB)", "RTX A6000", "PCIe", 48},
      {"gpu_8x_v100_n", "Tesla V100 (16 GB)", "V100", "", 16},
  };
  for (const auto& c : cases) {
    auto reply = json::parse(
        R"({"data": {"k": {"instance_type": {"price_cents_per_hour": 8, "specs": {"gpus": 1}}}}})");
    reply["data"]["k"]["instance_type"]["name"] = c.name;
    reply["data"]["k"]["instance_type"]["gpu_description"] = c.description;
    const auto feed = parse_lambda_instance_types(reply.dump());
    ASSERT_TRUE(feed) << c.name << ": " << feed.error().text();
    EXPECT_EQ(feed->entries[0].gpu.model, c.model) << c.name;
    EXPECT_EQ(feed->entries[0].gpu.form, c.form) << c.name;
    EXPECT_EQ(feed->entries[0].gpu.memory_gib, c.gib) << c.name;
  }
}

TEST(LambdaFeed, AnOddLineIsCountedAndTheOthersStay) {
  const json::json_pointer line("/data/gpu_1x_h100_sxm5");
  const json::json_pointer type = line / "instance_type";
  const std::pair<json::json_pointer, json> oddities[] = {
      {line, nullptr},
      {line, "text"},
      {line, json::array({1, 2})},
      {type, 7},
      {type / "price_cents_per_hour", "429"},
      {type / "price_cents_per_hour", -429},
      {type / "price_cents_per_hour", 0},
      {type / "price_cents_per_hour", nullptr},
      {type / "name", "a\nb"},
      {type / "name", std::string(500, 'x')},
      {type / "specs", json::array()},
      {type / "specs" / "gpus", 4.5},
      {type / "specs" / "gpus", 1'000'000},
      {line / "regions_with_capacity_available", "none"},
      {line / "regions_with_capacity_available" / 0, "us-west-3"},
      {line / "regions_with_capacity_available" / 0 / "name", "<b>"},
  };
  for (const auto& [where, what] : oddities) {
    auto reply = json::parse(lambda_reply());
    reply[where] = what;
    const auto feed = parse_lambda_instance_types(reply.dump());
    ASSERT_TRUE(feed) << where << " " << what << ": " << feed.error().text();
    EXPECT_EQ(feed->entries.size(), 3u) << where << " " << what;
    EXPECT_EQ(feed->unreadable + feed->unknown, 2) << where << " " << what;
  }
}

TEST(LambdaFeed, WhatHasNoPricesFails) {
  for (const char* body :
       {"", "null", "[]", "{}", R"({"data": []})", R"({"data": {}})", "<html>busy</html>", "{\"data\": {",
        R"({"error": {"code": "global/invalid-api-key", "message": "no"}})"}) {
    const auto feed = parse_lambda_instance_types(body);
    ASSERT_FALSE(feed) << body;
    EXPECT_EQ(feed.error().code, base::Code::kMalformed) << body;
  }
}

TEST(AzureFeed, ReadsTheDocumentedReply) {
  const auto feed = azure_feed({azure_item(),
                                azure_item({{"skuName", "NC40ads H100 v5 Spot"},
                                            {"meterName", "NC40ads H100 v5 Spot"},
                                            {"retailPrice", 1.2345678}}),
                                azure_item({{"armSkuName", "Standard_ND96isr_H100_v5"},
                                            {"armRegionName", "westeurope"},
                                            {"retailPrice", 98.32}})});
  ASSERT_EQ(feed.entries.size(), 3u);
  const auto& one = feed.entries[0];
  EXPECT_EQ(one.instance, "Standard_NC40ads_H100_v5");
  EXPECT_EQ(one.gpu.model, "H100");
  EXPECT_EQ(one.gpu.form, "NVL");
  EXPECT_EQ(one.region, "eastus");
  EXPECT_EQ(one.per_gpu_hour.micros, 6'980'000);
  EXPECT_FALSE(one.available_in) << "Azure's prices say nothing on capacity";
  EXPECT_EQ(feed.entries[1].capacity_type, market::CapacityType::kSpot);
  EXPECT_EQ(feed.entries[1].per_gpu_hour.micros, 1'234'568) << "rounded up";
  EXPECT_EQ(feed.entries[2].gpus_per_instance, 8);
  EXPECT_EQ(feed.entries[2].per_gpu_hour.micros, 12'290'000);
}

TEST(AzureFeed, OtherPricesOfTheSameMachineAreNotTaken) {
  const json others[] = {
      {{"productName", "Virtual Machines NCadsH100v5 Series Windows"}},
      {{"skuName", "NC40ads H100 v5 Low Priority"}},
      {{"meterName", "NC40ads H100 v5 Low Priority"}},
      {{"type", "Reservation"}, {"reservationTerm", "1 Year"}, {"retailPrice", 39000.0}},
      {{"type", "DevTestConsumption"}},
      {{"currencyCode", "EUR"}},
      {{"tierMinimumUnits", 100.0}},
      {{"effectiveStartDate", "2026-12-01T00:00:00Z"}},
      {{"effectiveEndDate", "2026-11-01T00:00:00Z"}},
  };
  for (const auto& other : others) {
    const auto feed = azure_feed({azure_item(other)});
    EXPECT_TRUE(feed.entries.empty()) << other;
    EXPECT_EQ(feed.unreadable + feed.unknown, 0) << other << ": known, and passed over";
  }
  EXPECT_EQ(azure_feed({azure_item({{"armSkuName", "Standard_NV6ads_A10_v5"}})}).unknown, 1);
}

TEST(AzureFeed, AnOddItemIsCountedAndTheOthersStay) {
  const json oddities[] = {
      {{"retailPrice", "6.98"}},      {{"retailPrice", nullptr}},
      {{"retailPrice", -6.98}},       {{"retailPrice", 0.0}},
      {{"retailPrice", 1e300}},       {{"unitOfMeasure", "1 Month"}},
      {{"armRegionName", ""}},        {{"armRegionName", "east us; drop"}},
      {{"armRegionName", 7}},         {{"armSkuName", json::array()}},
      {{"type", json::object()}},     {{"effectiveStartDate", "soon"}},
      {{"tierMinimumUnits", "none"}},
  };
  for (const auto& odd : oddities) {
    const auto feed = azure_feed({azure_item(odd), azure_item()});
    EXPECT_EQ(feed.entries.size(), 1u) << odd;
    EXPECT_EQ(feed.unreadable, 1) << odd;
  }
  for (const json& item : {json(nullptr), json(7), json("x"), json::array({azure_item()})}) {
    const auto feed = azure_feed({item, azure_item()});
    EXPECT_EQ(feed.entries.size(), 1u) << item;
  }
}

TEST(AzureFeed, TellsTheNextPage) {
  market::FeedSnapshot feed;
  EXPECT_EQ(
      add_azure_page(azure_page({azure_item()}, "https://prices.azure.com:443/api?$skip=1000"), kNow, feed)
          .value(),
      "https://prices.azure.com:443/api?$skip=1000");
  EXPECT_EQ(add_azure_page(azure_page({azure_item()}), kNow, feed).value(), "");
  EXPECT_EQ(feed.entries.size(), 2u) << "pages add up";
  for (const json& next : {json(7), json::array(), json(std::string(10'000, 'x'))}) {
    EXPECT_FALSE(add_azure_page(azure_page({}, next), kNow, feed)) << next.dump().substr(0, 20);
  }
}

TEST(AzureFeed, WhatIsNoPageFails) {
  for (const char* body :
       {"", "null", "[]", "{}", R"({"Items": {}})", R"({"Items": 7})", "<html/>", R"({"Items": [{)"}) {
    market::FeedSnapshot feed;
    const auto read = add_azure_page(body, kNow, feed);
    ASSERT_FALSE(read) << body;
    EXPECT_EQ(read.error().code, base::Code::kMalformed) << body;
  }
}

TEST(Feeds, AnEndlessListFails) {
  market::FeedSnapshot feed;
  const auto page = azure_page(std::vector<json>(market::kMaxFeedEntries, azure_item()));
  EXPECT_TRUE(add_azure_page(page, kNow, feed));
  EXPECT_FALSE(add_azure_page(azure_page({azure_item()}), kNow, feed));
  EXPECT_EQ(feed.entries.size(), market::kMaxFeedEntries);
}

TEST(Feeds, DeepNestingIsNoTrouble) {
  const std::string deep = std::string(200'000, '[');
  market::FeedSnapshot feed;
  EXPECT_FALSE(add_azure_page("{\"Items\": " + deep, kNow, feed));
  EXPECT_FALSE(parse_lambda_instance_types("{\"data\": {\"a\": " + deep));
}

/// A reply with a few bytes changed, cut or doubled.
std::string mutate(std::string text) {
  const auto count = *rc::gen::inRange(1, 8);
  for (int i = 0; i < count && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        text[at] = *rc::gen::arbitrary<char>();
        break;
      case 1:
        text.erase(at, *rc::gen::inRange<std::size_t>(1, 40));
        break;
      case 2:
        text.insert(at, text.substr(at, *rc::gen::inRange<std::size_t>(1, 40)));
        break;
      default:
        text.insert(at, 1, *rc::gen::element('{', '}', '[', ']', '"', ',', ':', '\\', '9', '-', 'e'));
    }
  }
  return text;
}

void expect_sound(const market::FeedSnapshot& feed) {
  for (const auto& entry : feed.entries) {
    RC_ASSERT(entry.per_gpu_hour.micros > 0);
    RC_ASSERT(entry.gpus_per_instance > 0);
    RC_ASSERT(!entry.gpu.model.empty());
    RC_ASSERT(entry.instance.size() <= 120);
  }
}

RC_GTEST_PROP(Feeds, ALambdaReplyWithDamageIsReadOrRefused, ()) {
  if (const auto feed = parse_lambda_instance_types(mutate(lambda_reply()))) expect_sound(*feed);
}

RC_GTEST_PROP(Feeds, AnAzurePageWithDamageIsReadOrRefused, ()) {
  market::FeedSnapshot feed;
  const auto page = azure_page({azure_item(), azure_item({{"armRegionName", "westeurope"}})}, "https://x/y");
  const auto read = add_azure_page(mutate(page), kNow, feed);
  RC_ASSERT(read || read.error().is(base::Code::kMalformed));
  expect_sound(feed);
}

ProviderRecord provider(const json& feed) {
  const auto record = decode<ProviderRecord>({{"kubeconfigSecretRef", {{"name", "s"}}}, {"feed", feed}},
                                             nullptr, decode_provider);
  EXPECT_TRUE(record) << record.error().text();
  return record ? *record : ProviderRecord{};
}

TEST(FeedSpec, Defaults) {
  const auto lambda = provider({{"type", "Lambda"}, {"secretRef", {{"name", "lambda"}}}});
  EXPECT_EQ(lambda.problem, "");
  ASSERT_TRUE(lambda.feed);
  EXPECT_EQ(lambda.feed->url, "https://cloud.lambda.ai/api/v1/instance-types");
  EXPECT_EQ(lambda.feed->secret.text(), "neoburst-system/lambda");
  EXPECT_EQ(lambda.feed->secret_key, "apiKey");
  EXPECT_EQ(lambda.feed->interval, std::chrono::minutes(15));
  const auto azure = provider({{"type", "AzureRetail"}, {"currency", "EUR"}, {"maxAge", "7d"}});
  EXPECT_EQ(azure.problem, "");
  EXPECT_EQ(azure.feed->url, "https://prices.azure.com/api/retail/prices");
  EXPECT_EQ(azure.feed->currency, "EUR");
  EXPECT_EQ(azure.feed->max_age, std::chrono::hours(7 * 24));
  EXPECT_FALSE(provider(nullptr).feed);
}

TEST(FeedSpec, Problems) {
  const std::pair<json, const char*> cases[] = {
      {json::object(), "spec.feed.type: is required"},
      {{{"type", "Crusoe"}}, "spec.feed.type: \"Crusoe\" is not one of Lambda, AzureRetail"},
      {{{"type", "Lambda"}}, "spec.feed.secretRef.name: is required"},
      {{{"type", "AzureRetail"}, {"url", "http://prices.example"}},
       "spec.feed.url: must begin with https://"},
      {{{"type", "AzureRetail"}, {"interval", "10s"}}, "spec.feed.interval: must be at least 1m"},
      {{{"type", "AzureRetail"}, {"maxAge", "5m"}}, "spec.feed.maxAge: must not be below the interval"},
      {{{"type", "Lambda"}, {"secretRef", {{"name", "s"}}}, {"currency", "EUR"}},
       "spec.feed.currency: Lambda's prices"},
  };
  for (const auto& [feed, problem] : cases) {
    EXPECT_TRUE(provider(feed).problem.starts_with(problem)) << provider(feed).problem;
  }
}

}  // namespace api::feed_test
