#include "api/feed_spec.h"
#include "api/fields.h"

namespace api {
namespace {

constexpr std::chrono::minutes kShortestInterval{1};
constexpr const char* kLambdaUrl = "https://cloud.lambda.ai/api/v1/instance-types";
constexpr const char* kAzureUrl = "https://prices.azure.com/api/retail/prices";

void read_key(const Fields& reference, FeedSpec& feed) {
  feed.secret = {reference.text("namespace", "neoburst-system"), reference.text("name")};
  feed.secret_key = reference.text("key", "apiKey");
  if (feed.type == FeedType::kLambda && feed.secret.name.empty()) {
    reference.complain("name", "is required: the Secret that holds the API key of your Lambda account");
  }
}

void read_times(const Fields& fields, FeedSpec& feed) {
  feed.interval = fields.duration("interval", feed.interval);
  feed.max_age = fields.duration("maxAge", feed.max_age);
  if (feed.interval < kShortestInterval) {
    fields.complain("interval", "must be at least 1m: the provider limits how often it may be asked");
    feed.interval = kShortestInterval;
  }
  if (feed.max_age < feed.interval) {
    fields.complain("maxAge", "must not be below the interval: every price would be stale");
    feed.max_age = feed.interval;
  }
}

}  // namespace

std::optional<FeedSpec> read_feed(const Fields& spec) {
  if (!spec.has("feed")) return std::nullopt;
  const Fields fields = spec.object("feed");
  FeedSpec feed;
  if (fields.text("type").empty()) fields.complain("type", "is required: Lambda or AzureRetail");
  feed.type = fields.one_of<FeedType>(
      "type", FeedType::kLambda, {{"Lambda", FeedType::kLambda}, {"AzureRetail", FeedType::kAzureRetail}});
  feed.url = fields.text("url", feed.type == FeedType::kLambda ? kLambdaUrl : kAzureUrl);
  if (!feed.url.starts_with("https://")) fields.complain("url", "must begin with https://");
  read_key(fields.object("secretRef"), feed);
  feed.ca_bundle = fields.text("caBundle");
  read_times(fields, feed);
  feed.currency = fields.text("currency", "USD");
  if (feed.type == FeedType::kLambda && feed.currency != "USD") {
    fields.complain("currency", "Lambda's prices are in USD: leave it out");
    feed.currency = "USD";
  }
  return feed;
}

}  // namespace api
