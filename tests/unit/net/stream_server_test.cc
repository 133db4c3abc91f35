// How a stream server answers, which server it asks, and what it lets no client do.
#include "net/stream_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <vector>

#include "stream_bench.h"
#include "support/wait.h"

namespace stream_server_test {

using namespace stream_bench;
using namespace std::chrono_literals;
using testing_support::wait_until;

/// The requests that a server saw, and the reply that it gives to each.
struct Scripted {
  explicit Scripted(std::string says) : reply(std::move(says)) {}
  void operator()(TlsPeer& server) {
    std::string request = server.read_until("\r\n\r\n");
    server.write(reply);
    request += server.read_all();
    const std::lock_guard lock(mutex);
    requests.push_back(std::move(request));
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return requests.size();
  }
  const std::string reply;
  std::mutex mutex;
  std::vector<std::string> requests;
};

bool says(const std::string& reply, const std::string& text) { return reply.find(text) != std::string::npos; }

/// A server that answers by itself.
struct Own {
  explicit Own(net::StreamHandler handler, net::StreamServiceOptions options = {})
      : service(net::StreamService::make(options)),
        listener(service->listen("127.0.0.1", 0, std::move(handler)).value()) {}
  void show(const std::string& name) const {
    const Issued issued = certificate(name);
    EXPECT_TRUE(listener->set_certificate(issued.certificate_pem, issued.key_pem));
  }
  std::unique_ptr<net::StreamService> service;
  std::unique_ptr<net::StreamListener> listener;
};

TEST(StreamServer, HandsOverWhatTheClientShowedAndAsked) {
  Own own([](std::shared_ptr<net::StreamExchange> exchange) {
    const auto& request = exchange->request();
    std::string said = request.head.method + " " + request.head.target + " " +
                       std::string(net::find_header(request.head.headers, "authorization")) +
                       (request.is_upgrade ? " upgrade" : " plain") + "\n" + request.client_chain_pem;
    exchange->reply({200, "text/plain", std::move(said)});
  });
  own.show("node");
  const Issued mine = certificate("client");
  const auto client = TlsPeer::connect(own.listener->port(), mine);
  EXPECT_EQ(client->peer_name(), "node");
  client->write("GET /pods?a=%20 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\n\r\n");
  bool clean = false;
  const std::string reply = client->read_all(&clean);
  EXPECT_TRUE(clean);
  EXPECT_TRUE(says(reply, "Connection: close")) << reply;
  EXPECT_TRUE(says(reply, "GET /pods?a=%20 Bearer t plain\n" + mine.certificate_pem)) << reply;

  const auto anonymous = TlsPeer::connect(own.listener->port());
  anonymous->write("GET / HTTP/1.1\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n");
  EXPECT_TRUE(anonymous->read_all().ends_with("GET /  upgrade\n"));
}

TEST(StreamServer, TheCertificateChangesForNewConnectionsOnly) {
  std::atomic<bool> may_answer = false;
  Own own([&](std::shared_ptr<net::StreamExchange> exchange) {
    EXPECT_TRUE(wait_until("the test lets go", 20s, [&] { return may_answer.load(); }));
    exchange->reply({200, "text/plain", "ok"});
  });
  EXPECT_FALSE(TlsPeer::connect(own.listener->port())->open());  // none yet
  own.show("first");
  const auto before = TlsPeer::connect(own.listener->port());
  before->write(kGet);
  own.show("second");
  EXPECT_EQ(TlsPeer::connect(own.listener->port())->peer_name(), "second");
  EXPECT_FALSE(own.listener->set_certificate("rubbish", "rubbish"));
  EXPECT_EQ(TlsPeer::connect(own.listener->port())->peer_name(), "second");
  may_answer = true;
  EXPECT_EQ(before->peer_name(), "first");
  EXPECT_TRUE(before->read_all().ends_with("ok"));
}

TEST(StreamServer, BadRequestsAreAnsweredAndLongHeadsRefused) {
  std::atomic<int> handled = 0;
  Own own(
      [&](std::shared_ptr<net::StreamExchange> exchange) {
        ++handled;
        exchange->reply({200, "text/plain", "ok"});
      },
      {.max_head_bytes = 8 * 1024, .head_timeout = 300ms});
  own.show("node");
  const auto ask = [&](const std::string& bytes) {
    const auto client = TlsPeer::connect(own.listener->port());
    client->write(bytes);
    return client->read_all();
  };
  EXPECT_TRUE(says(ask("rubbish\r\n\r\n"), "400 Bad Request"));
  EXPECT_TRUE(says(ask("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"), "431 "));
  EXPECT_EQ(ask("GET / HTTP/1.1\r\nnever ending"), "");  // closed when its time is over
  EXPECT_EQ(handled, 0);
  EXPECT_TRUE(says(ask("GET / HTTP/1.1\r\n\r\n"), "200 OK"));
}

TEST(StreamServer, TooManyConnectionsAreClosedAsTheyCome) {
  Own own(
      [](std::shared_ptr<net::StreamExchange> exchange) {
        exchange->reply({200, "text/plain", "ok"});
      },
      {.max_connections = 2, .head_timeout = 20s});
  own.show("node");
  const auto one = TlsPeer::connect(own.listener->port());
  const auto two = TlsPeer::connect(own.listener->port());
  EXPECT_FALSE(TlsPeer::connect(own.listener->port())->open());
  one->write(kGet);
  EXPECT_TRUE(says(one->read_all(), "200 OK"));
  one->close_write();
  EXPECT_TRUE(wait_until("there is room again", 20s, [&] {
    const auto three = TlsPeer::connect(own.listener->port());
    return three->open();
  }));
}

TEST(StreamServer, WhatIsNoStreamComesBackWithItsBody) {
  for (const bool upgrade : {false, true}) {
    for (const std::string reply :
         {"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nwords",
          "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nwo\r\n3\r\nrds\r\n0\r\n\r\n",
          "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: "
          "5\r\n\r\nwords"}) {
      Scripted scripted(reply);
      Bench bench(std::ref(scripted));
      const std::string answer = bench.client(upgrade ? kUpgrade : kGet)->read_all();
      EXPECT_TRUE(says(answer, "404 Not Found")) << answer;
      EXPECT_TRUE(answer.ends_with("\r\n\r\nwords")) << answer;
    }
  }
}

TEST(StreamServer, OnlyTheProtocolThatWasAskedForBegins) {
  Scripted switching(kSwitching);
  Bench unasked(std::ref(switching));
  EXPECT_TRUE(says(unasked.client(kGet)->read_all(), "Malformed"));
  Scripted ok("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  Bench ignored(std::ref(ok));
  EXPECT_TRUE(says(ignored.client(kUpgrade)->read_all(), "200 OK"));
}

// A second request behind the first would be sent with our credentials.
TEST(StreamServer, AClientCannotPutRequestsBehindItsOwn) {
  const std::string second = "GET /api/v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n";
  Scripted logs("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nline\n");
  {
    Bench bench(std::ref(logs));
    const auto client = bench.client(kGet + second);
    client->read_until("line\n");
    client->write(second);
    client->close_write();
    EXPECT_TRUE(wait_until("the server has seen the end", 20s, [&] { return logs.count() == 1; }));
  }
  EXPECT_FALSE(says(logs.requests.at(0), "secrets"));
  Scripted refused("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
  {
    Bench bench(std::ref(refused));
    EXPECT_TRUE(says(bench.client(kUpgrade + second)->read_all(), "403"));
  }
  EXPECT_FALSE(says(refused.requests.at(0), "secrets"));
}

TEST(StreamServer, AServerThatCannotBeReachedIsTold) {
  Bench silent([](TlsPeer& server) { server.read_all(); }, {}, 200ms);
  EXPECT_TRUE(says(silent.client(kUpgrade)->read_all(), "Deadline: 127.0.0.1:"));
  Bench closing([](TlsPeer& server) { server.read_until("\r\n\r\n"); });
  EXPECT_TRUE(says(closing.client(kUpgrade)->read_all(), "Unavailable: 127.0.0.1:"));
  Bench garbled([](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write("rubbish\r\n\r\n");
    server.read_all();
  });
  EXPECT_TRUE(says(garbled.client(kGet)->read_all(), "Malformed"));
  Bench stranger([](TlsPeer&) {});
  const TestAuthority other("Another CA");
  stranger.upstream = net::make_upstream({.tls = true, .host = "127.0.0.1", .port = stranger.host.port()},
                                         {.ca_pem = other.ca_pem()})
                          .value();
  EXPECT_TRUE(says(stranger.client(kGet)->read_all(), "the server's certificate is refused"));
}

TEST(StreamServer, AClientThatLeavesEndsTheWaitForASilentServer) {
  std::atomic<bool> asked = false;
  std::atomic<bool> ended = false;
  Bench bench(
      [&](TlsPeer& server) {
        server.read_until("\r\n\r\n");
        asked = true;
        server.read_all();  // a container that has not said anything yet
        ended = true;
      },
      {}, 0ms);
  {
    const auto client = bench.client(kGet);
    EXPECT_TRUE(wait_until("it is asked", 20s, [&] { return asked.load(); }));
    client->close_write();
    client->read_all();
  }
  EXPECT_TRUE(wait_until("the server is let go", 20s, [&] { return ended.load(); }));
}

TEST(StreamServer, StopsWithStreamsOpen) {
  std::atomic<int> ended = 0;
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    server.read_all();
    ++ended;
  });
  const auto one = bench.client(kUpgrade);
  const auto two = bench.client(kUpgrade);
  one->read_until("\r\n\r\n");
  two->read_until("\r\n\r\n");
  bench.service->stop();
  EXPECT_EQ(one->read_all(), "");
  EXPECT_TRUE(wait_until("the servers know", 20s, [&] { return ended == 2; }));
}

}  // namespace stream_server_test
