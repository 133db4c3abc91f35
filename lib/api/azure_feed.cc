#include "api/azure_feed.h"

#include <optional>
#include <utility>

#include "api/feed_json.h"
#include "market/azure_sizes.h"

namespace api {
namespace {

using kube::JsonValue;

constexpr std::size_t kLongestLink = 8192;

/// One element of `Items`, as far as it matters.
struct Item {
  std::string currency;
  std::string region;
  std::string size;
  std::string product;
  std::string sku;
  std::string meter;
  std::string unit;
  std::string type;
  market::Money price;
  bool first_tier = true;
  std::optional<base::Time> from;
  std::optional<base::Time> until;
};

/// Few of the items concern us: an odd price elsewhere does not matter.
enum class Verdict { kPrice, kUnreadable, kUnknown, kNotForUs };

base::Outcome read_field(std::string_view key, JsonValue value, Item& item) {
  if (key == "currencyCode") return kube::assign(item.currency, kube::read_string(value));
  if (key == "armRegionName") return kube::assign(item.region, kube::read_string(value));
  if (key == "armSkuName") return kube::assign(item.size, kube::read_string(value));
  if (key == "productName") return kube::assign(item.product, kube::read_string(value));
  if (key == "skuName") return kube::assign(item.sku, kube::read_string(value));
  if (key == "meterName") return kube::assign(item.meter, kube::read_string(value));
  if (key == "unitOfMeasure") return kube::assign(item.unit, kube::read_string(value));
  if (key == "type") return kube::assign(item.type, kube::read_string(value));
  if (key == "effectiveStartDate") return kube::assign(item.from, kube::read_time(value));
  if (key == "effectiveEndDate") return kube::assign(item.until, kube::read_time(value));
  if (key == "tierMinimumUnits") {
    double units = 0;
    if (value.get(units)) return base::fail(base::Code::kMalformed, "not a number");
    item.first_tier = units == 0;
    return {};
  }
  if (key == "retailPrice") {
    // Whether a missing price matters shows once the item is known.
    if (auto price = read_price(value)) item.price = *price;
  }
  return {};
}

bool says(const Item& item, std::string_view word) {
  return item.sku.find(word) != std::string::npos || item.meter.find(word) != std::string::npos;
}

Verdict judge(const Item& item, base::Time now, const std::string& currency) {
  const bool in_force = (!item.from || *item.from <= now) && (!item.until || now < *item.until);
  const bool windows = item.product.find("Windows") != std::string::npos;
  if (item.type != "Consumption" || item.currency != currency || windows || says(item, "Low Priority") ||
      !item.first_tier || !in_force) {
    return Verdict::kNotForUs;
  }
  if (market::find_azure_size(item.size) == nullptr) return Verdict::kUnknown;
  const bool sound = item.unit == "1 Hour" && item.price.micros > 0 && is_plain_name(item.region);
  return sound ? Verdict::kPrice : Verdict::kUnreadable;
}

market::FeedEntry entry_of(const Item& item) {
  const market::AzureSize& size = *market::find_azure_size(item.size);
  market::FeedEntry entry;
  entry.instance = "Standard_" + std::string(size.name);
  entry.gpu = size.gpu();
  entry.region = item.region;
  entry.capacity_type = says(item, "Spot") ? market::CapacityType::kSpot : market::CapacityType::kOnDemand;
  entry.gpus_per_instance = size.gpus;
  entry.per_gpu_hour = market::divide_up(item.price, size.gpus);
  return entry;
}

base::Outcome add_item(JsonValue element, base::Time now, market::FeedSnapshot& feed) {
  Item item;
  const auto read = kube::for_each_field_in(
      element,
      [&](std::string_view key, JsonValue value) -> base::Outcome { return read_field(key, value, item); });
  switch (read ? judge(item, now, feed.currency) : Verdict::kUnreadable) {
    case Verdict::kPrice:
      return add_entry(feed, entry_of(item));
    case Verdict::kUnreadable:
      ++feed.unreadable;
      break;
    case Verdict::kUnknown:
      ++feed.unknown;
      break;
    case Verdict::kNotForUs:
      break;
  }
  return {};
}

}  // namespace

base::Result<std::string> add_azure_page(std::string_view body, base::Time now, market::FeedSnapshot& feed) {
  simdjson::padded_string padded(body);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  kube::JsonObject object;
  if (parser.iterate(padded).get(document) || document.get_object().get(object)) {
    return base::fail(base::Code::kMalformed, "not a JSON object");
  }
  std::string next;
  bool has_items = false;
  auto read = kube::for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "NextPageLink") return kube::assign(next, kube::read_string(value));
    if (key != "Items") return {};
    has_items = true;
    return kube::for_each_element(value, [&](JsonValue element) { return add_item(element, now, feed); });
  });
  if (!read) return base::fail(std::move(read.error()));
  if (!has_items) return base::fail(base::Code::kMalformed, "the reply has no \"Items\"");
  if (next.size() > kLongestLink) return base::fail(base::Code::kMalformed, "\"NextPageLink\" is too long");
  return next;
}

}  // namespace api
