#include "operator/feeds/feed_reply.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "base/ascii.h"

namespace op {
namespace {

using base::Code;

constexpr std::int64_t kLongestRetryAfter = 3600;

std::optional<std::chrono::milliseconds> retry_after(const net::HttpResponse& response) {
  const std::string_view header = net::find_header(response.headers, "Retry-After");
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(header.data(), header.data() + header.size(), seconds);
  // A date is allowed here too; our own backoff serves as well then.
  if (header.empty() || error != std::errc() || end != header.data() + header.size() || seconds <= 0) {
    return std::nullopt;
  }
  return std::chrono::seconds(std::min(seconds, kLongestRetryAfter));
}

base::Status meaning_of(int http) {
  const std::string answer = " (HTTP " + std::to_string(http) + ")";
  if (http == 401 || http == 403) return {Code::kUnauthenticated, "it refuses the API key" + answer};
  if (http == 404 || http == 410) {
    return {Code::kNotFound, "there is no such API" + answer + ": correct spec.feed.url"};
  }
  if (http == 429) return {Code::kThrottled, "it was asked too often" + answer};
  if (http >= 300 && http < 400) {
    return {Code::kInvalid,
            "it redirects elsewhere, which is not followed" + answer + ": correct spec.feed.url"};
  }
  return {Code::kUnavailable, "it does not answer as documented" + answer};
}

bool same_server(const net::Endpoint& a, const net::Endpoint& b) {
  return a.tls == b.tls && a.port == b.port && base::equal_ignoring_case(a.host, b.host);
}

/// Azure writes blanks and quotes into its links as they are; HTTP clients refuse characters that a URL must
/// not hold.
std::string encode_odd_bytes(std::string_view text) {
  static constexpr std::string_view kNotInUrls = "\"<>[\\]^`{|}";
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool plain = text[i] > ' ' && text[i] <= '~' && kNotInUrls.find(text[i]) == std::string_view::npos;
    out += plain ? std::string(1, text[i]) : net::encode_query_value(text.substr(i, 1));
  }
  return out;
}

/// As a string of OData.
std::string odata_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

base::Outcome check_feed_reply(const net::HttpResponse& response) {
  if (response.status == 200) return {};
  base::Status status = meaning_of(response.status);
  status.retry_after = retry_after(response);
  return base::fail(std::move(status));
}

base::Result<std::string> target_of_link(std::string_view link, const net::Endpoint& endpoint) {
  const std::size_t scheme = link.find("://");
  const std::size_t path = scheme == std::string_view::npos ? scheme : link.find('/', scheme + 3);
  const auto server = net::parse_endpoint(link.substr(0, path));
  if (path == std::string_view::npos || !server || !same_server(*server, endpoint)) {
    return base::fail(Code::kMalformed, "its link to the next page leads elsewhere, which is not followed");
  }
  return encode_odd_bytes(link.substr(path, link.find('#') - path));
}

std::string azure_query(std::string_view region, std::string_view currency) {
  // All sizes with GPUs begin with N; the reader knows which of them are ours.
  const std::string filter =
      "serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq " +
      odata_text(region) + " and contains(armSkuName, 'Standard_N')";
  return "?currencyCode=" + net::encode_query_value(odata_text(currency)) +
         "&$filter=" + net::encode_query_value(filter);
}

}  // namespace op
