#include "api/feed_json.h"

#include <algorithm>
#include <utility>

namespace api {
namespace {

constexpr std::size_t kLongestName = 100;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

}  // namespace

base::Result<market::Money> read_price(kube::JsonValue value) {
  const auto not_a_price = [] { return base::fail(base::Code::kMalformed, "not a price"); };
  simdjson::ondemand::json_type type{};
  if (value.type().get(type) || type != simdjson::ondemand::json_type::number) return not_a_price();
  std::string_view token = value.raw_json_token();
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  const auto price = market::parse_price_number(token);
  // Nobody gives GPUs away: zero means that no price is set.
  if (!price || price->micros == 0) return not_a_price();
  return *price;
}

bool is_plain_name(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::ranges::all_of(text, is_plain);
}

base::Outcome add_entry(market::FeedSnapshot& feed, market::FeedEntry entry) {
  if (feed.entries.size() >= market::kMaxFeedEntries) {
    return base::fail(base::Code::kMalformed,
                      "more than " + std::to_string(market::kMaxFeedEntries) + " prices");
  }
  feed.entries.push_back(std::move(entry));
  return {};
}

}  // namespace api
