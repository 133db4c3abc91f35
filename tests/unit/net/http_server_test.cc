#include "net/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "net/http_client.h"

namespace http_server_test {

using base::Code;

std::unique_ptr<net::HttpServer> serve(net::HttpServer::Handler handler,
                                       net::HttpServerOptions options = {}) {
  auto server = net::start_http_server(std::move(options), std::move(handler));
  return std::move(server.value());
}

std::unique_ptr<net::HttpClient> client_for(const net::HttpServer& server) {
  auto client = net::make_http_client(
      {.endpoint = {.tls = false, .host = "127.0.0.1", .port = server.port(), .path_prefix = ""}});
  return std::move(client.value());
}

net::ServerReply echo(const net::ServerRequest& request) {
  std::string text = std::string(request.method) + " " + std::string(request.target) + " ";
  text += std::string(request.content_type) + " " + std::string(request.body);
  if (request.body_too_large) text += "TOO LARGE";
  return {.status = 200, .content_type = "text/plain", .body = text};
}

/// Sends `bytes` and returns everything until the server closes; with `half_close` it is told that no more
/// comes.
std::string raw_exchange(std::uint16_t port, const std::string& bytes, bool half_close = true) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  for (std::size_t sent = 0; sent < bytes.size();) {
    const auto count = ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) break;
    sent += static_cast<std::size_t>(count);
  }
  if (half_close) ::shutdown(fd, SHUT_WR);
  std::string all;
  char chunk[4096];
  for (;;) {
    const auto count = ::recv(fd, chunk, sizeof chunk, 0);
    if (count <= 0) break;
    all.append(chunk, static_cast<std::size_t>(count));
  }
  ::close(fd);
  return all;
}

TEST(HttpServer, HandsOverTheRequestAndItsPadding) {
  const auto server = serve([](const net::ServerRequest& request) {
    volatile char behind = 0;
    for (std::size_t i = 0; i < 64; ++i) behind = request.body.data()[request.body.size() + i];
    static_cast<void>(behind);
    return echo(request);
  });
  auto client = client_for(*server);
  const auto reply = client->send(
      {.method = "POST", .target = "/a?b", .headers = {{"Content-Type", "x/y"}}, .body = "hello"}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "POST /a?b x/y hello");
  EXPECT_EQ(net::find_header(reply->headers, "Content-Type"), "text/plain");
  EXPECT_EQ(client->send({.target = "/"}, {})->body, "GET /  ");
}

TEST(HttpServer, LargeBodiesComeWholeAndTooLargeOnesAreReadAway) {
  const auto server = serve(
      [](const net::ServerRequest& request) {
        return net::ServerReply{.body = std::to_string(request.body.size()) +
                                        (request.body_too_large ? "!" : "")};
      },
      {.max_body_bytes = 1'000'000});
  auto client = client_for(*server);
  EXPECT_EQ(client->send({.method = "POST", .body = std::string(1'000'000, 'x')}, {})->body, "1000000");
  EXPECT_EQ(client->send({.method = "POST", .body = std::string(1'000'001, 'x')}, {})->body, "0!");
  EXPECT_EQ(client->send({.method = "POST", .body = std::string(5'000'000, 'x')}, {})->body, "0!");
  EXPECT_EQ(client->send({.method = "POST", .body = "x"}, {})->body, "1");
}

TEST(HttpServer, ChunkedBodiesAreBoundedToo) {
  const auto server = serve(echo, {.max_body_bytes = 4});
  const std::string head =
      "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string good = raw_exchange(server->port(), head + "2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n");
  EXPECT_TRUE(good.ends_with("abcd")) << good;
  const std::string large = raw_exchange(server->port(), head + "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
  EXPECT_TRUE(large.ends_with("TOO LARGE")) << large;
}

TEST(HttpServer, HugeBodiesAreRefusedUnread) {
  std::atomic<int> calls{0};
  const auto server = serve([&](const net::ServerRequest& request) {
    ++calls;
    return echo(request);
  });
  const std::string reply =
      raw_exchange(server->port(), "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\nabc");
  EXPECT_TRUE(reply.starts_with("HTTP/1.1 413 ")) << reply;
  EXPECT_EQ(calls, 0);
}

TEST(HttpServer, MalformedRequestsGet400AndHurtNobodyElse) {
  const auto server = serve(echo);
  auto client = client_for(*server);
  for (const std::string bytes :
       {"garbage\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "GET / HTTP/1.1\r\nA b\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    const std::string reply = raw_exchange(server->port(), bytes);
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 400 ")) << bytes << " -> " << reply;
    EXPECT_TRUE(client->send({}, {})) << bytes;
  }
  const std::string long_header = "GET / HTTP/1.1\r\nA: " + std::string(100'000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(raw_exchange(server->port(), long_header).starts_with("HTTP/1.1 431 "));
  EXPECT_EQ(raw_exchange(server->port(), "GET / HT"), "");
}

TEST(HttpServer, AnswersExpectContinuePipelinesAndHead) {
  const auto server = serve(echo);
  const std::string expect = raw_exchange(
      server->port(),
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(expect.starts_with("HTTP/1.1 200 OK")) << expect;  // no body to wait for
  const std::string waits = raw_exchange(
      server->port(), "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(waits, "HTTP/1.1 100 Continue\r\n\r\n");
  const std::string two = raw_exchange(
      server->port(),
      "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(two.find("GET /1"), std::string::npos) << two;
  EXPECT_TRUE(two.ends_with("GET /2  ")) << two;
  const std::string head =
      raw_exchange(server->port(), "HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 8\r\n"), std::string::npos) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
}

TEST(HttpServer, AThrowingHandlerIsA500) {
  const auto server = serve([](const net::ServerRequest&) -> net::ServerReply { throw 1; });
  const auto reply = client_for(*server)->send({}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->status, 500);
  EXPECT_EQ(reply->body, "");
}

TEST(HttpServer, ASlowRequestIsCutOff) {
  const auto server = serve(echo, {.read_timeout = std::chrono::seconds(1)});
  EXPECT_EQ(raw_exchange(server->port(), "GET / HTTP/1.1\r\nHo", false), "");
  EXPECT_EQ(raw_exchange(server->port(), "", false), "");
}

TEST(HttpServer, PortInUseIsUnavailableWithTheAddress) {
  const auto server = serve(echo);
  const auto second = net::start_http_server({.port = server->port()}, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_NE(second.error().message.find("127.0.0.1:" + std::to_string(server->port())), std::string::npos);
  EXPECT_EQ(net::start_http_server({.address = "nonsense"}, echo).error().code, Code::kUnavailable);
}

TEST(HttpServer, StopLetsTheRunningRequestFinish) {
  std::atomic<bool> entered{false};
  std::atomic<bool> go_on{false};
  const auto server = serve([&](const net::ServerRequest& request) {
    entered = true;
    entered.notify_all();
    go_on.wait(false);
    return echo(request);
  });
  auto idle = client_for(*server);
  std::jthread caller([&] {
    const auto reply = client_for(*server)->send({}, {});
    EXPECT_TRUE(reply) << reply.error().text();
  });
  entered.wait(false);
  std::jthread stopper([&] { server->stop(); });
  go_on = true;
  go_on.notify_all();
  stopper.join();
  caller.join();
  server->stop();
  EXPECT_EQ(idle->send({}, {}).error().code, Code::kUnavailable);
}

TEST(HttpServer, ClientSurvivesARestart) {
  auto server = serve(echo);
  auto client = client_for(*server);
  ASSERT_TRUE(client->send({}, {}));
  const auto port = server->port();
  server.reset();
  EXPECT_EQ(client->send({}, {}).error().code, Code::kUnavailable);
  server = serve(echo, {.port = port});
  EXPECT_TRUE(client->send({.method = "POST"}, {}));
}

TEST(HttpServer, ManyThreadsShareOneClient) {
  std::atomic<int> calls{0};
  const auto server = serve([&](const net::ServerRequest& request) {
    ++calls;
    return echo(request);
  });
  auto client = client_for(*server);
  std::atomic<int> right{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 50; ++i) {
          const std::string body = std::to_string(t) + "/" + std::to_string(i) + std::string(1000, '.');
          const auto reply = client->send({.method = "PUT", .target = "/x", .body = body}, {});
          if (reply && reply->body == "PUT /x  " + body) ++right;
        }
      });
    }
  }
  EXPECT_EQ(right, 400);
  EXPECT_EQ(calls, 400);
}

}  // namespace http_server_test
