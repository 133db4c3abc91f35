#include "operator/feeds/feed_http.h"

#include <gtest/gtest.h>

#include <thread>

#include "net/http_server.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

// What cpprestsdk must keep to, seen by a server that does as it likes. No network.

namespace op::feed_http_test {

using base::Code;
using std::chrono::milliseconds;
using std::chrono::seconds;
using testing_support::Close;
using testing_support::ok_reply;
using testing_support::ReadRequest;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;
using testing_support::TestAuthority;

const TestAuthority& authority() {
  static const TestAuthority ca("Feed CA");
  return ca;
}

ScriptedServer serve(std::vector<Script> scripts, const std::string& names = "IP:127.0.0.1") {
  return ScriptedServer(std::move(scripts), authority().issue({.alt_names = names}));
}

FeedHttpOptions options_for(const ScriptedServer& server) {
  return {.endpoint = {.host = "127.0.0.1", .port = server.port()},
          .ca_pem = authority().ca_pem(),
          .max_body_bytes = 100'000};
}

base::Result<net::HttpResponse> get(FeedHttpOptions options, std::stop_token stop = {}) {
  auto http = make_feed_http(std::move(options));
  if (!http) return base::fail(http.error());
  return (*http)->get("/prices", {{"Accept", "application/json"}}, stop);
}

std::chrono::steady_clock::duration since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::steady_clock::now() - begun;
}

TEST(FeedHttp, ARedirectIsAnAnswerAndNotFollowed) {
  for (const char* status : {"301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"}) {
    const auto other = serve({{ReadRequest{}, Send{ok_reply("{}")}}});
    const auto server =
        serve({{ReadRequest{}, Send{"HTTP/1.1 " + std::string(status) + "\r\nLocation: " + other.url() +
                                    "/\r\nContent-Length: 0\r\n\r\n"}}});
    const auto reply = get(options_for(server));
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->status, std::stoi(status));
    EXPECT_EQ(other.connections(), 0u) << status;
  }
}

TEST(FeedHttp, WhatIsTooLargeIsCutWhileItArrives) {
  const std::pair<const char*, std::string> cases[] = {
      {"a declared body", "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n"},
      {"a body without an end", "HTTP/1.1 200 OK\r\n\r\n" + std::string(400'000, 'x')},
      {"small chunks without an end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                          [] {
                                            std::string chunks;
                                            for (int i = 0; i < 400; ++i) {
                                              chunks += "3e8\r\n" + std::string(1000, 'x') + "\r\n";
                                            }
                                            return chunks;
                                          }()},
      {"one chunk of a gigabyte",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40000000\r\n" + std::string(600'000, 'x')},
      {"a header without an end", "HTTP/1.1 200 OK\r\nX: " + std::string(600'000, 'x')},
  };
  for (const auto& [what, bytes] : cases) {
    // It never ends, and the time limit is far off: only its size can have ended it.
    const auto server = serve({{ReadRequest{}, Send{bytes}, Stall{}}});
    const auto begun = std::chrono::steady_clock::now();
    const auto reply = get(options_for(server));
    ASSERT_FALSE(reply) << what;
    EXPECT_EQ(reply.error().code, Code::kMalformed) << what << ": " << reply.error().text();
    EXPECT_LT(since(begun), seconds(15)) << what;
    EXPECT_TRUE(server.wait_for_ends(1)) << what << ": the connection is closed";
  }
}

TEST(FeedHttp, ABodyOfExactlyTheBoundIsTaken) {
  const auto server = serve({{ReadRequest{}, Send{ok_reply(std::string(100'000, 'x'))}}});
  const auto reply = get(options_for(server));
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, std::string(100'000, 'x'));
}

TEST(FeedHttp, ATricklingBodyEndsAtTheDeadlineOfTheWhole) {
  Script script{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}};
  for (int i = 0; i < 1000; ++i) script.insert(script.end(), {Stall{}, Send{"x"}});
  auto server = serve({script});
  std::jthread trickle([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      server.release();
      std::this_thread::sleep_for(milliseconds(20));
    }
  });
  auto options = options_for(server);
  options.timeout = milliseconds(400);
  const auto reply = get(std::move(options));
  ASSERT_FALSE(reply) << "each byte came soon after the one before";
  EXPECT_EQ(reply.error().code, Code::kDeadline) << reply.error().text();
  EXPECT_TRUE(server.wait_for_ends(1)) << "the connection is closed";
}

TEST(FeedHttp, AServerThatSpeaksNoTlsEndsAtTheConnectTimeout) {
  const ScriptedServer server({{Stall{}}});
  auto options = options_for(server);
  options.connect_timeout = seconds(1);
  const auto reply = get(std::move(options));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kDeadline);
  EXPECT_TRUE(reply.error().message.starts_with("TLS handshake with 127.0.0.1:")) << reply.error().text();
}

TEST(FeedHttp, AStopEndsItAtOnceWhereverItIs) {
  const Script scripts[] = {
      {ReadRequest{}, Stall{}},
      {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"}, Stall{}},
  };
  for (const auto& script : scripts) {
    const auto server = serve({script});
    std::stop_source stop;
    std::jthread asker([&] {
      const auto reply = get(options_for(server), stop.get_token());
      EXPECT_TRUE(!reply && reply.error().is(Code::kCancelled));
    });
    ASSERT_TRUE(server.wait_for_requests(1));
    const auto begun = std::chrono::steady_clock::now();
    stop.request_stop();
    asker.join();
    EXPECT_LT(since(begun), seconds(5));
    EXPECT_TRUE(server.wait_for_ends(1)) << "the connection is closed";
  }
}

TEST(FeedHttp, OnlyTheGivenAuthorityIsTrustedAndOnlyForTheName) {
  const TestAuthority stranger("Another CA");
  const Script good{ReadRequest{}, Send{ok_reply("{}")}};
  const auto server = serve({good});
  const auto misnamed = serve({good}, "DNS:localhost");
  auto other_ca = options_for(server);
  other_ca.ca_pem = stranger.ca_pem();
  const auto refused = get(other_ca);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kUnavailable);
  EXPECT_NE(refused.error().message.find("the server's certificate is refused"), std::string::npos)
      << refused.error().text();
  const auto other_name = get(options_for(misnamed));
  ASSERT_FALSE(other_name);
  EXPECT_EQ(other_name.error().code, Code::kUnavailable);
  EXPECT_NE(other_name.error().message.find("certificate is not for 127.0.0.1"), std::string::npos)
      << other_name.error().text();
  EXPECT_TRUE(server.requests().empty());
  EXPECT_TRUE(misnamed.requests().empty());
}

TEST(FeedHttp, ANameIsLookedUpVerifiedAndSent) {
  // "localhost" may have an address of IPv6, too, where nobody listens: the next one is tried.
  const auto server = serve({{ReadRequest{}, Send{ok_reply("{}")}}}, "DNS:localhost");
  auto options = options_for(server);
  options.endpoint.host = "localhost";
  const auto reply = get(std::move(options));
  ASSERT_TRUE(reply) << reply.error().text();
  const std::string host = "\r\nHost: localhost:" + std::to_string(server.port()) + "\r\n";
  EXPECT_NE(server.requests().at(0).find(host), std::string::npos) << server.requests().at(0);
}

TEST(FeedHttp, AnAddressOfIpv6IsAsked) {
  const auto issued = authority().issue({.alt_names = "IP:::1"});
  const auto server = net::start_http_server(
      {.address = "::1", .certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem},
      [](const net::ServerRequest&) { return net::ServerReply{.body = "{}"}; });
  if (!server) GTEST_SKIP() << "no IPv6 here: " << server.error().text();
  const auto reply =
      get({.endpoint = {.host = "::1", .port = (*server)->port()}, .ca_pem = authority().ca_pem()});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "{}");
}

TEST(FeedHttp, ARefusedConnectionSaysWhere) {
  const auto port = ScriptedServer({{Close{}}}).port();
  const auto reply = get({.endpoint = {.host = "127.0.0.1", .port = port}});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_TRUE(reply.error().message.starts_with("connect to 127.0.0.1:" + std::to_string(port)))
      << reply.error().text();
}

TEST(FeedHttp, TheConnectionIsKeptAndReplacedWhenTheServerClosedIt) {
  const Script two{ReadRequest{}, Send{ok_reply("1")}, ReadRequest{}, Send{ok_reply("2")}, Close{}};
  const auto server = serve({two, {ReadRequest{}, Send{ok_reply("3")}}});
  const auto http = make_feed_http(options_for(server)).value();
  for (const char* body : {"1", "2"}) {
    const auto reply = http->get("/", {}, {});
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->body, body);
  }
  EXPECT_EQ(server.connections(), 1u);
  ASSERT_TRUE(server.wait_for_ends(1));
  const auto reply = http->get("/", {}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "3");
  EXPECT_EQ(server.connections(), 2u);
}

TEST(FeedHttp, ARequestCannotSmuggleInAnother) {
  const auto server = serve({{Close{}}});
  const auto http = make_feed_http(options_for(server)).value();
  const std::pair<std::string, net::Headers> cases[] = {
      {"/", {{"Authorization", "Bearer secret\r\nX: y"}}},
      {"/ HTTP/1.1\r\nX: y", {}},
      {"/a b", {}},
      {"https://elsewhere.example/", {}},
      {"/a?b|c", {}},
  };
  for (const auto& [target, headers] : cases) {
    const auto reply = http->get(target, headers, {});
    ASSERT_FALSE(reply) << target;
    EXPECT_EQ(reply.error().code, Code::kInvalid) << target;
    EXPECT_EQ(reply.error().message.find("secret"), std::string::npos);
  }
  EXPECT_EQ(server.connections(), 0u);
}

TEST(FeedHttp, ATargetIsSentAsItIs) {
  const std::string target = "//a/./%7e?currencyCode=%27USD%27&$filter=a%20eq%20'b'&&x=?";
  const auto server = serve({{ReadRequest{}, Send{ok_reply("{}")}}});
  const auto http = make_feed_http(options_for(server)).value();
  ASSERT_TRUE(http->get(target, {}, {}));
  EXPECT_TRUE(server.requests().at(0).starts_with("GET " + target + " HTTP/1.1\r\n")) << server.requests()[0];
}

}  // namespace op::feed_http_test
