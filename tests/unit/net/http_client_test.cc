#include "net/http_client.h"

#include <gtest/gtest.h>

#include <array>
#include <thread>

#include "support/scripted_server.h"

namespace http_client_test {

using base::Code;
using std::chrono::milliseconds;
using testing_support::Close;
using testing_support::ok_reply;
using testing_support::ReadRequest;
using testing_support::Reset;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;

constexpr milliseconds kLong{20'000};

std::unique_ptr<net::HttpClient> client_for(const ScriptedServer& server, std::size_t max_body = 1 << 20) {
  auto client =
      net::make_http_client({.endpoint = *net::parse_endpoint(server.url()), .max_body_bytes = max_body});
  return std::move(client.value());
}

/// The code of a failed GET, or nothing when it succeeded.
std::optional<Code> get_code(net::HttpClient& client, net::HttpRequest request = {}) {
  auto reply = client.send(request, {});
  if (reply) return std::nullopt;
  return reply.error().code;
}

TEST(HttpClient, SendsOneRequestAndReadsTheReply) {
  ScriptedServer server(
      {{ReadRequest{}, Send{"HTTP/1.1 201 Created\r\nX-A: b\r\nContent-Length: 3\r\n\r\nabc"}}});
  auto client = client_for(server);
  const auto reply =
      client->send({.method = "POST", .target = "/x?y=1", .headers = {{"Accept", "a/b"}}, .body = "hi"}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 201);
  EXPECT_EQ(net::find_header(reply->headers, "x-a"), "b");
  EXPECT_EQ(reply->body, "abc");
  EXPECT_GE(reply->body.capacity() - reply->body.size(), 64u);
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0], "POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                                      "\r\nAccept: a/b\r\nContent-Length: 2\r\n\r\nhi");
}

TEST(HttpClient, ReadsEveryKindOfBody) {
  const struct {
    std::string bytes;
    std::string body;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: v\r\n\r\n",
       "abcde"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil close", "until close"},
      {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "x"},
      {ok_reply(""), ""},
      {ok_reply(std::string(300'000, 'z')), std::string(300'000, 'z')},
  };
  for (const auto& c : cases) {
    ScriptedServer server({{ReadRequest{}, Send{c.bytes}}});
    const auto reply = client_for(server)->send({}, {});
    ASSERT_TRUE(reply) << reply.error().text() << "\n" << c.bytes.substr(0, 100);
    EXPECT_EQ(reply->body, c.body);
    EXPECT_GE(reply->body.capacity() - reply->body.size(), 64u);
  }
}

TEST(HttpClient, HeadReplyHasNoBody) {
  ScriptedServer server({{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, Stall{}}});
  const auto reply = client_for(server)->send({.method = "HEAD"}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "");
}

TEST(HttpClient, BrokenRepliesFailWithTheRightCode) {
  const struct {
    const char* what;
    Script script;
    Code code;
  } cases[] = {
      {"cut header", {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nConte"}}, Code::kUnavailable},
      {"cut body",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}},
       Code::kUnavailable},
      {"cut chunk",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"}},
       Code::kUnavailable},
      {"no last chunk",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"}},
       Code::kUnavailable},
      {"no reply", {ReadRequest{}}, Code::kUnavailable},
      {"reset", {ReadRequest{}, Reset{}}, Code::kUnavailable},
      {"garbage", {ReadRequest{}, Send{"SSH-2.0-OpenSSH_9.2\r\n\r\n"}}, Code::kMalformed},
      {"bad chunk",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab\r\n"}},
       Code::kMalformed},
      {"endless chunk line",
       {ReadRequest{},
        Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + std::string(1 << 20, 'x')}},
       Code::kMalformed},
      {"endless header",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nA: " + std::string(1 << 20, 'x')}},
       Code::kMalformed},
      {"switching protocols", {ReadRequest{}, Send{"HTTP/1.1 101 Switching\r\n\r\n"}}, Code::kMalformed},
      {"declared too large",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"}},
       Code::kMalformed},
      {"sent too large",
       {ReadRequest{},
        Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n" + std::string(70'000, 'x')}},
       Code::kMalformed},
      {"unbounded too large",
       {ReadRequest{}, Send{"HTTP/1.1 200 OK\r\n\r\n" + std::string(70'000, 'x')}},
       Code::kMalformed},
  };
  for (const auto& c : cases) {
    ScriptedServer server({c.script});
    auto client = client_for(server, 1000);
    EXPECT_EQ(get_code(*client, {.timeout = kLong}), c.code) << c.what;
  }
}

TEST(HttpClient, NobodyListeningIsUnavailable) {
  std::uint16_t port = 0;
  { port = ScriptedServer(std::vector<Script>(1)).port(); }
  const auto endpoint = net::parse_endpoint("http://127.0.0.1:" + std::to_string(port));
  auto client = net::make_http_client({.endpoint = *endpoint});
  ASSERT_TRUE(client);
  const auto reply = (*client)->send({}, {});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
  EXPECT_NE(reply.error().message.find("refused"), std::string::npos) << reply.error().message;
}

TEST(HttpClient, StalledReplyEndsAtTheDeadline) {
  for (const char* begun : {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"}) {
    ScriptedServer server({{ReadRequest{}, Send{begun}, Stall{}}});
    auto client = client_for(server);
    EXPECT_EQ(get_code(*client, {.timeout = milliseconds(30)}), Code::kDeadline) << begun;
  }
}

TEST(HttpClient, StopRequestEndsACallAtOnce) {
  ScriptedServer server({{ReadRequest{}, Stall{}}});
  auto client = client_for(server);
  std::stop_source stop;
  const std::jthread stopper([&] {
    EXPECT_TRUE(server.wait_for_requests(1));
    stop.request_stop();
  });
  const auto before = std::chrono::steady_clock::now();
  const auto reply = client->send({.timeout = std::chrono::minutes(10)}, stop.get_token());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kCancelled);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::minutes(1));  // not the deadline
}

TEST(HttpClient, StopRequestedBeforehandSendsNothing) {
  ScriptedServer server({{ReadRequest{}, Stall{}}});
  std::stop_source stop;
  stop.request_stop();
  const auto reply = client_for(server)->send({}, stop.get_token());
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kCancelled);
  EXPECT_EQ(server.connections(), 0u);
}

TEST(HttpClient, ReusesAConnection) {
  ScriptedServer server({{ReadRequest{}, Send{ok_reply("1")}, ReadRequest{}, Send{ok_reply("2")}, Stall{}}});
  auto client = client_for(server);
  EXPECT_EQ(client->send({}, {})->body, "1");
  EXPECT_EQ(client->send({.method = "POST"}, {})->body, "2");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClient, DoesNotReuseWhatTheServerWantsClosed) {
  ScriptedServer server(
      {{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"}, Stall{}}});
  auto client = client_for(server);
  EXPECT_EQ(get_code(*client), std::nullopt);
  EXPECT_EQ(get_code(*client), std::nullopt);
  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, ClosedIdleConnectionIsReplaced) {
  ScriptedServer server({{ReadRequest{}, Send{ok_reply("1")}, Close{}}});
  auto client = client_for(server);
  EXPECT_EQ(get_code(*client), std::nullopt);
  ASSERT_TRUE(server.wait_for_ends(1));
  EXPECT_EQ(get_code(*client, {.method = "POST"}),
            std::nullopt);  // seen to be closed before a byte was written
  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpClient, ConnectionThatDiesUnderARequestIsRetriedOnlyWhenIdempotent) {
  const Script dies{ReadRequest{}, Send{ok_reply("1")}, ReadRequest{}, Reset{}};
  const Script lives{ReadRequest{}, Send{ok_reply("2")}, Stall{}};
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    ScriptedServer server({dies, lives});
    auto client = client_for(server);
    EXPECT_EQ(get_code(*client), std::nullopt);
    EXPECT_EQ(get_code(*client, {.method = method}), std::nullopt) << method;
    EXPECT_EQ(server.connections(), 2u);
  }
  for (const char* method : {"POST", "PATCH"}) {
    ScriptedServer server({dies, lives});
    auto client = client_for(server);
    EXPECT_EQ(get_code(*client), std::nullopt);
    EXPECT_EQ(get_code(*client, {.method = method}), Code::kUnavailable) << method;
    EXPECT_EQ(server.connections(), 1u);
  }
}

TEST(HttpClient, FreshConnectionIsNotRetried) {
  ScriptedServer server({{ReadRequest{}, Reset{}}});
  auto client = client_for(server);
  EXPECT_EQ(get_code(*client), Code::kUnavailable);
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpClient, RefusesRequestsThatCouldSmuggle) {
  ScriptedServer server({{ReadRequest{}, Send{ok_reply("")}}});
  auto client = client_for(server);
  const net::HttpRequest bad[] = {
      {.target = "/a b"},
      {.target = "/\r\nX: y"},
      {.target = "a"},
      {.method = "GE T"},
      {.headers = {{"X", "a\r\nY: b"}}},
      {.headers = {{"X:", "a"}}},
      {.headers = {{"content-length", "0"}}},
      {.headers = {{"Transfer-Encoding", "chunked"}}},
  };
  for (const auto& request : bad) EXPECT_EQ(get_code(*client, request), Code::kInvalid);
  EXPECT_EQ(server.connections(), 0u);
}

std::string read_all(net::HttpStream& stream, base::Status& end) {
  std::string all;
  for (;;) {
    std::array<char, 7> chunk{};
    const auto count = stream.read_some(chunk, kLong, {});
    if (!count) {
      end = count.error();
      return all;
    }
    if (*count == 0) return all;
    all.append(chunk.data(), *count);
  }
}

TEST(HttpStream, ReadsToTheDeclaredEndAndTellsACut) {
  const struct {
    std::string bytes;
    std::string body;
    bool cut;
  } cases[] = {
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nhello, world\r\n0\r\n\r\n", "hello, world",
       false},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n7\r\n, w", "hello, w", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "hello", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", "hello", true},
      {ok_reply("hello, hello"), "hello, hello", false},
      {"HTTP/1.1 200 OK\r\n\r\nto the end", "to the end", false},
  };
  for (const auto& c : cases) {
    ScriptedServer server({{ReadRequest{}, Send{c.bytes}}});
    auto stream = client_for(server, 3)->open_stream({}, {});  // the limit is not for streams
    ASSERT_TRUE(stream) << stream.error().text();
    EXPECT_EQ((*stream)->head().status, 200);
    base::Status end{Code::kNotFound, "none"};
    EXPECT_EQ(read_all(**stream, end), c.body);
    EXPECT_EQ(end.code, c.cut ? Code::kUnavailable : Code::kNotFound) << end.text();
  }
}

TEST(HttpStream, StaysUsableAfterAQuietWait) {
  ScriptedServer server(
      {{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n"}, Stall{},
        Send{"2\r\ncd\r\n0\r\n\r\n"}, Stall{}}});
  auto client = client_for(server);
  auto stream = client->open_stream({}, {});
  ASSERT_TRUE(stream) << stream.error().text();
  client.reset();  // a stream may outlive its client
  std::array<char, 16> chunk{};
  ASSERT_EQ((*stream)->read_some(chunk, kLong, {}).value(), 2u);
  for (const int wait : {0, 1, 20}) {
    const auto quiet = (*stream)->read_some(chunk, milliseconds(wait), {});
    ASSERT_FALSE(quiet);
    EXPECT_EQ(quiet.error().code, Code::kDeadline);
  }
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ((*stream)->read_some(chunk, kLong, stop.get_token()).error().code, Code::kCancelled);
  server.release();
  const auto count = (*stream)->read_some(chunk, kLong, {});
  ASSERT_TRUE(count) << count.error().text();
  EXPECT_EQ(std::string(chunk.data(), *count), "cd");
  EXPECT_EQ((*stream)->read_some(chunk, kLong, {}).value(), 0u);
  EXPECT_EQ((*stream)->read_some(chunk, kLong, {}).value(), 0u);
}

TEST(HttpStream, ResetIsUnavailableAgainAndAgain) {
  ScriptedServer server(
      {{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, Stall{}, Reset{}}});
  auto stream = client_for(server)->open_stream({}, {});
  ASSERT_TRUE(stream) << stream.error().text();
  server.release();
  std::array<char, 16> chunk{};
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ((*stream)->read_some(chunk, kLong, {}).error().code, Code::kUnavailable);
  }
}

TEST(HttpStream, StopWakesAWaitingRead) {
  ScriptedServer server(
      {{ReadRequest{}, Send{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, Stall{}}});
  auto stream = client_for(server)->open_stream({}, {});
  ASSERT_TRUE(stream) << stream.error().text();
  std::stop_source stop;
  const std::jthread stopper([&] { stop.request_stop(); });
  std::array<char, 16> chunk{};
  const auto count = (*stream)->read_some(chunk, std::chrono::minutes(10), stop.get_token());
  ASSERT_FALSE(count);
  EXPECT_EQ(count.error().code, Code::kCancelled);
}

}  // namespace http_client_test
