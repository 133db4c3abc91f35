#include "operator/feeds/feed_client.h"

#include <gtest/gtest.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "net/http_server.h"
#include "operator/feeds/feed_reply.h"
#include "support/replies.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

// A local HTTPS server replays the documented answers of the APIs, and answers that no API should send. No
// network.

namespace op::feed_client_test {

using base::Code;
using nlohmann::json;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::Close;
using testing_support::documented_reply;
using testing_support::ok_reply;
using testing_support::ReadRequest;
using testing_support::Reset;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;
using testing_support::TestAuthority;

constexpr const char* kKey = "key-nobody-may-see";
constexpr const char* kLambda = "lambda-instance-types.json";

const TestAuthority& authority() {
  static const TestAuthority ca("Feed CA");
  return ca;
}

ScriptedServer serve(std::vector<Script> scripts, const std::string& names = "IP:127.0.0.1") {
  return ScriptedServer(std::move(scripts), authority().issue({.alt_names = names}));
}

FeedRequest lambda(const ScriptedServer& server) {
  FeedRequest request;
  request.spec.type = api::FeedType::kLambda;
  request.spec.url = server.url() + "/api/v1/instance-types";
  request.spec.ca_bundle = authority().ca_pem();
  request.api_key = kKey;
  return request;
}

FeedRequest azure(const ScriptedServer& server, std::vector<std::string> regions) {
  FeedRequest request = lambda(server);
  request.spec.type = api::FeedType::kAzureRetail;
  request.spec.url = server.url() + "/api/retail/prices";
  request.api_key.clear();
  request.regions = std::move(regions);
  return request;
}

FeedLimits quick() { return {.apart = milliseconds(0), .max_body_bytes = 100'000}; }

base::Result<market::FeedSnapshot> fetch(const FeedRequest& request, FeedLimits limits = quick()) {
  return FeedClient(base::system_clock(), limits).fetch(request, {});
}

std::string reply(const std::string& status, const std::string& headers = {}) {
  return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: 4\r\n\r\nbody";
}

std::string azure_page(const std::string& region, const json& next) {
  auto page = json::parse(documented_reply("azure-retail-prices.json"));
  page["Items"][0]["armRegionName"] = region;
  page["NextPageLink"] = next;
  return ok_reply(page.dump());
}

TEST(FeedClient, ReadsLambdasDocumentedReply) {
  const auto server = serve({{ReadRequest{}, Send{ok_reply(documented_reply(kLambda))}}});
  const auto before = base::system_clock().now();
  const auto feed = fetch(lambda(server));
  ASSERT_TRUE(feed) << feed.error().text();
  EXPECT_EQ(feed->entries.size(), 4u);
  EXPECT_GE(feed->as_of, before);
  ASSERT_EQ(server.requests().size(), 1u);
  const auto request = server.requests()[0];
  EXPECT_TRUE(request.starts_with("GET /api/v1/instance-types HTTP/1.1\r\n")) << request;
  EXPECT_NE(request.find(std::string("\r\nAuthorization: Bearer ") + kKey + "\r\n"), std::string::npos);
}

TEST(FeedClient, EveryBadAnswerFailsWithItsMeaning) {
  const struct {
    const char* what;
    Script script;
    Code code;
    std::optional<milliseconds> retry_after = std::nullopt;
  } cases[] = {
      {"wrong key", {ReadRequest{}, Send{reply("401 Unauthorized")}}, Code::kUnauthenticated},
      {"locked key", {ReadRequest{}, Send{reply("403 Forbidden")}}, Code::kUnauthenticated},
      {"wrong path", {ReadRequest{}, Send{reply("404 Not Found")}}, Code::kNotFound},
      {"too often",
       {ReadRequest{}, Send{reply("429 Too Many Requests", "Retry-After: 7\r\n")}},
       Code::kThrottled,
       seconds(7)},
      {"until a date",
       {ReadRequest{},
        Send{reply("429 Too Many Requests", "Retry-After: Mon, 23 Nov 2026 12:00:00 GMT\r\n")}},
       Code::kThrottled},
      {"for ever",
       {ReadRequest{}, Send{reply("429 Too Many Requests", "Retry-After: 999999999\r\n")}},
       Code::kThrottled,
       seconds(3600)},
      {"broken", {ReadRequest{}, Send{reply("500 Internal Server Error")}}, Code::kUnavailable},
      {"busy",
       {ReadRequest{}, Send{reply("503 Service Unavailable", "Retry-After: 30\r\n")}},
       Code::kUnavailable,
       seconds(30)},
      {"moved",
       {ReadRequest{}, Send{reply("302 Found", "Location: https://127.0.0.1:1/\r\n")}},
       Code::kInvalid},
      {"no JSON", {ReadRequest{}, Send{ok_reply("<html>hello</html>")}}, Code::kMalformed},
      {"other JSON", {ReadRequest{}, Send{ok_reply("{\"data\": 7}")}}, Code::kMalformed},
      {"empty", {ReadRequest{}, Send{ok_reply("")}}, Code::kMalformed},
      {"not HTTP", {ReadRequest{}, Send{"SSH-2.0-OpenSSH_9.2\r\n\r\n"}}, Code::kMalformed},
      {"declared too long",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"}},
       Code::kMalformed},
      {"sent too long",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\n\r\n" + std::string(300'000, ' ')}},
       Code::kMalformed},
      {"cut",
       {ReadRequest{}, Send{ok_reply(documented_reply(kLambda)).substr(0, 500)}, Close{}},
       Code::kUnavailable},
      {"reset", {ReadRequest{}, Reset{}}, Code::kUnavailable},
      {"closed", {ReadRequest{}, Close{}}, Code::kUnavailable},
  };
  for (const auto& c : cases) {
    // A GET on a fresh connection is not sent again: one answer, one meaning.
    const auto server = serve({c.script});
    const auto feed = fetch(lambda(server));
    ASSERT_FALSE(feed) << c.what;
    const auto& error = feed.error();
    EXPECT_EQ(error.code, c.code) << c.what << ": " << error.text();
    EXPECT_EQ(error.retry_after, c.retry_after) << c.what;
    EXPECT_NE(error.message.find("127.0.0.1"), std::string::npos) << c.what << ": the host is named";
    EXPECT_EQ(error.message.find(kKey), std::string::npos) << c.what;
    EXPECT_EQ(error.message.find("body"), std::string::npos)
        << c.what << ": a stranger's text is not repeated";
    EXPECT_EQ(server.requests().size(), 1u) << c.what;
  }
}

TEST(FeedClient, AStalledReplyEndsAtTheTimeout) {
  const auto server =
      serve({{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}, Stall{}}});
  auto limits = quick();
  limits.timeout = milliseconds(300);
  const auto feed = fetch(lambda(server), limits);
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::kDeadline) << feed.error().text();
}

TEST(FeedClient, TheEndOfTheOperatorIsNotHeldUp) {
  const auto server = serve({{ReadRequest{}, Stall{}}});
  std::stop_source stop;
  std::jthread asker([&] {
    const auto feed = FeedClient(base::system_clock(), quick()).fetch(lambda(server), stop.get_token());
    EXPECT_TRUE(!feed && feed.error().is(Code::kCancelled));
  });
  ASSERT_TRUE(server.wait_for_requests(1));
  stop.request_stop();
}

TEST(FeedClient, TheKeyGoesToNobodyWhoCannotProveWhoHeIs) {
  const TestAuthority stranger("Another CA");
  const Script good{ReadRequest{}, Send{ok_reply(documented_reply(kLambda))}};
  const auto server = serve({good});
  const auto misnamed = serve({good}, "DNS:other.example");
  auto other_ca = lambda(server);
  other_ca.spec.ca_bundle = stranger.ca_pem();
  auto public_ca = lambda(server);
  public_ca.spec.ca_bundle.clear();
  for (const auto& request : {other_ca, public_ca, lambda(misnamed)}) {
    const auto feed = fetch(request);
    ASSERT_FALSE(feed);
    EXPECT_EQ(feed.error().code, Code::kUnavailable) << feed.error().text();
  }
  EXPECT_TRUE(server.requests().empty());
  EXPECT_TRUE(misnamed.requests().empty());
}

TEST(FeedClient, AnUnusableSpecSaysWhichField) {
  const auto server = serve({{Close{}}});
  auto plain = lambda(server);
  plain.spec.url = "http://127.0.0.1:1/prices";
  auto query = lambda(server);
  query.spec.url += "?a=b";
  auto garbled = lambda(server);
  garbled.spec.ca_bundle = "no PEM";
  const std::pair<FeedRequest, const char*> cases[] = {
      {plain, "spec.feed.url"}, {query, "spec.feed.url"}, {garbled, "spec.feed.caBundle"}};
  for (const auto& [request, field] : cases) {
    const auto feed = fetch(request);
    ASSERT_FALSE(feed) << field;
    EXPECT_EQ(feed.error().code, Code::kInvalid);
    EXPECT_TRUE(feed.error().message.starts_with(field)) << feed.error().text();
  }
  EXPECT_EQ(server.connections(), 0u);
}

/// An Azure whose pages link to one another: `pages` of them in each region.
class PagedServer {
 public:
  explicit PagedServer(int pages) {
    const auto issued = authority().issue({.alt_names = "IP:127.0.0.1"});
    server_ = std::move(
        net::start_http_server({.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem},
                               [this, pages](const net::ServerRequest& request) {
                                 return answer(std::string(request.target), pages);
                               })
            .value());
  }
  std::string url() const { return "https://127.0.0.1:" + std::to_string(server_->port()); }
  FeedRequest request(std::vector<std::string> regions) const {
    FeedRequest out;
    out.spec.type = api::FeedType::kAzureRetail;
    out.spec.url = url() + "/api/retail/prices";
    out.spec.ca_bundle = authority().ca_pem();
    out.regions = std::move(regions);
    return out;
  }
  std::vector<std::string> targets() {
    const std::lock_guard lock(mutex_);
    return targets_;
  }

 private:
  net::ServerReply answer(const std::string& target, int pages) {
    const std::lock_guard lock(mutex_);
    targets_.push_back(target);
    auto page = json::parse(documented_reply("azure-retail-prices.json"));
    const bool last = targets_.size() % static_cast<std::size_t>(pages) == 0;
    // As Azure writes it: with the port, blanks and quotes.
    const std::string link = url() + "/api/retail/prices?$filter=a eq 'b'&$skip=1000";
    page["NextPageLink"] = last ? json(nullptr) : json(link);
    return {.body = page.dump()};
  }

  std::mutex mutex_;
  std::vector<std::string> targets_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST(FeedClient, FollowsAzuresPagesInEachRegion) {
  PagedServer server(2);
  const auto feed = fetch(server.request({"eastus", "westeurope"}));
  ASSERT_TRUE(feed) << feed.error().text();
  EXPECT_EQ(feed->entries.size(), 4u);
  const auto targets = server.targets();
  ASSERT_EQ(targets.size(), 4u);
  EXPECT_TRUE(targets[0].starts_with("/api/retail/prices?currencyCode=%27USD%27&$filter=")) << targets[0];
  EXPECT_NE(targets[0].find("armRegionName%20eq%20%27eastus%27"), std::string::npos) << targets[0];
  EXPECT_EQ(targets[1], "/api/retail/prices?$filter=a%20eq%20'b'&$skip=1000");
  EXPECT_NE(targets[2].find("armRegionName%20eq%20%27westeurope%27"), std::string::npos) << targets[2];
}

TEST(FeedClient, EndlessPagesEnd) {
  PagedServer server(1'000'000);
  auto limits = quick();
  limits.max_pages = 3;
  const auto feed = fetch(server.request({"eastus"}), limits);
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::kMalformed);
  EXPECT_EQ(server.targets().size(), 3u);
}

TEST(FeedClient, ALinkToAnotherServerIsNotFollowed) {
  const auto other = serve({{Close{}}});
  const auto server =
      serve({{ReadRequest{}, Send{azure_page("eastus", other.url() + "/api/retail/prices")}}});
  const auto feed = fetch(azure(server, {"eastus"}));
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, Code::kMalformed);
  EXPECT_EQ(other.connections(), 0u);
  EXPECT_EQ(server.requests().at(0).find("Authorization"), std::string::npos) << "this API asks for no key";
}

TEST(FeedClient, AddsUpThePagesOfAllRegions) {
  const auto page = [](const std::string& region) { return Send{azure_page(region, nullptr)}; };
  const auto server = serve({{ReadRequest{}, page("eastus"), ReadRequest{}, page("westeurope")}});
  const auto feed = fetch(azure(server, {"eastus", "westeurope"}));
  ASSERT_TRUE(feed) << feed.error().text();
  ASSERT_EQ(feed->entries.size(), 2u);
  EXPECT_EQ(feed->entries[0].region, "eastus");
  EXPECT_EQ(feed->entries[1].region, "westeurope");
}

TEST(FeedClient, ARegionThatFailsFailsTheWholeAnswer) {
  const auto server =
      serve({{ReadRequest{}, Send{azure_page("eastus", nullptr)}, ReadRequest{}, Send{reply("500 Oh")}}});
  const auto feed = fetch(azure(server, {"eastus", "westeurope"}));
  ASSERT_FALSE(feed) << "half a price list is none";
  EXPECT_EQ(feed.error().code, Code::kUnavailable);
}

TEST(FeedClient, AsksOneHostNoFasterThanTheLimit) {
  const auto page = [](const std::string& region) { return Send{azure_page(region, nullptr)}; };
  const auto server = serve({{ReadRequest{}, page("a"), ReadRequest{}, page("b"), ReadRequest{}, page("c")}});
  auto limits = quick();
  limits.apart = milliseconds(40);
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(fetch(azure(server, {"a", "b", "c"}), limits));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 2 * limits.apart);
}

TEST(FeedReply, LinksToTheSameServerOnly) {
  const auto endpoint = net::parse_endpoint("https://prices.azure.com").value();
  EXPECT_EQ(
      target_of_link("https://prices.azure.com:443/api?$filter=a eq 'b'&$skip=1000#x", endpoint).value(),
      "/api?$filter=a%20eq%20'b'&$skip=1000");
  EXPECT_EQ(target_of_link("HTTPS://Prices.Azure.com/api", endpoint).value(), "/api");
  for (const char* link :
       {"https://evil.example/api", "https://prices.azure.com:8443/api", "http://prices.azure.com/api",
        "https://prices.azure.com.evil.example/api", "https://prices.azure.com@evil.example/api",
        "/api?$skip=1000", "//prices.azure.com/api", "https://prices.azure.com", "ftp://prices.azure.com/",
        "x", "://", "https:///api"}) {
    const auto target = target_of_link(link, endpoint);
    ASSERT_FALSE(target) << link;
    EXPECT_EQ(target.error().code, Code::kMalformed) << link;
  }
  EXPECT_EQ(target_of_link("https://prices.azure.com/a\r\nX: y", endpoint).value(), "/a%0D%0AX:%20y");
  EXPECT_EQ(target_of_link("https://prices.azure.com/a?b|[c]=%7C", endpoint).value(), "/a?b%7C%5Bc%5D=%7C");
}

TEST(FeedReply, ARegionCannotLeaveItsPlaceInTheQuery) {
  const auto query = azure_query("x' or 'a' eq 'a&b=c", "USD");
  EXPECT_NE(query.find("%27x%27%27%20or%20%27%27a%27%27%20eq%20%27%27a%26b%3Dc%27"), std::string::npos)
      << query;
}

}  // namespace op::feed_client_test
