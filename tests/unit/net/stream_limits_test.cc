// How many clients a stream server takes, and that silent clients keep nobody out.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "base/metrics.h"
#include "stream_bench.h"
#include "support/wait.h"

namespace stream_limits_test {

using namespace stream_bench;
using namespace std::chrono_literals;
using testing_support::wait_until;

bool says(const std::string& reply, const std::string& text) { return reply.find(text) != std::string::npos; }

/// A whole request; not byte by byte, as it may be long.
std::string read_request(TlsPeer& server) {
  std::string request;
  std::vector<char> chunk(64 * 1024);
  while (!request.ends_with("\r\n\r\n")) {
    const int got = server.read_some(chunk);
    if (got <= 0) break;
    request.append(chunk.data(), static_cast<std::size_t>(got));
  }
  return request;
}

/// A server that lets streams begin and keeps them.
void begin(TlsPeer& server) {
  read_request(server);
  server.write(kSwitching);
  server.read_all();
}

/// The value of a line of /metrics, 0 when there is none.
double metric(const std::string& line) {
  const std::string text = "\n" + base::metrics_text();
  const auto at = text.find("\n" + line + " ");
  return at == std::string::npos ? 0 : std::stod(text.substr(at + line.size() + 2));
}

std::string long_request(std::size_t bytes) {
  return "POST /exec?command=" + std::string(bytes, 'x') +
         " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
}

TEST(StreamLimits, WhoSaysNothingMakesRoomForWhoAsks) {
  Bench bench(begin, {.max_newcomers = 4, .head_timeout = 60s});
  const std::string counter = "net_stream_refusals_total{reason=\"newcomers\"}";
  const double before = metric(counter);
  std::vector<std::unique_ptr<TlsPeer>> silent;
  for (int i = 0; i < 20; ++i) silent.push_back(TlsPeer::connect(bench.listener->port()));
  for (int i = 0; i < 20; ++i) {
    const auto client = bench.client(kUpgrade);
    EXPECT_TRUE(says(client->read_until("\r\n\r\n"), "101 ")) << i;
    client->close_write();
    client->read_all();
  }
  EXPECT_GE(bench.service->counts().refused, 16u);
  EXPECT_GE(metric(counter) - before, 16);
  EXPECT_TRUE(
      wait_until("only the newest are left", 20s, [&] { return bench.service->counts().connections <= 4; }));
}

TEST(StreamLimits, OnePortLeavesRoomForTheOthers) {
  Bench bench(begin, {.max_port_streams = 2});
  const auto other = bench.service
                         ->listen("127.0.0.1", 0,
                                  [](std::shared_ptr<net::StreamExchange> exchange) {
                                    exchange->reply({200, "text/plain", "ok"});
                                  })
                         .value();
  const Issued issued = certificate();
  ASSERT_TRUE(other->set_certificate(issued.certificate_pem, issued.key_pem));
  const double streams_before = metric("net_streams");
  const auto one = bench.client(kUpgrade);
  const auto two = bench.client(kUpgrade);
  EXPECT_TRUE(says(one->read_until("\r\n\r\n"), "101 "));
  EXPECT_TRUE(says(two->read_until("\r\n\r\n"), "101 "));
  EXPECT_EQ(metric("net_streams") - streams_before, 2);
  EXPECT_TRUE(says(bench.client(kUpgrade)->read_all(), "503 "));
  EXPECT_TRUE(says(bench.client(kUpgrade)->read_all(), "503 ")) << "who is turned away takes no place";
  EXPECT_EQ(bench.service->counts().refused, 2u);
  const auto elsewhere = TlsPeer::connect(other->port());
  elsewhere->write(kGet);
  EXPECT_TRUE(says(elsewhere->read_all(), "200 OK"));
  one->close_write();
  one->read_all();
  EXPECT_TRUE(wait_until("there is room again", 20s, [&] {
    const auto client = bench.client(kUpgrade);
    return says(client->read_until("\r\n\r\n"), "101 ");
  }));
}

// A kubelet takes a head of a MiB, and the words of a command are in it.
TEST(StreamLimits, ALongCommandIsPassedOn) {
  std::atomic<std::size_t> got = 0;
  Bench bench([&](TlsPeer& server) {
    got = read_request(server).size();
    server.write(kSwitching);
    server.read_all();
  });
  const auto client = bench.client(long_request(1'000'000));
  EXPECT_TRUE(says(client->read_until("\r\n\r\n"), "101 "));
  EXPECT_GE(got, 1'000'000u);
  EXPECT_TRUE(says(bench.client(long_request(1'100'000))->read_all(), "431 "));
  const std::string header = "GET / HTTP/1.1\r\nA: " + std::string(100'000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(says(bench.client(header)->read_all(), "400 "));
}

TEST(StreamLimits, FewMayHaveALongHeadAtOnce) {
  Bench bench(begin, {.max_long_heads = 1, .head_timeout = 60s});
  const std::string request = long_request(200'000);
  const auto slow = bench.client(request.substr(0, 100'000));
  EXPECT_TRUE(wait_until("the second is turned away", 20s,
                         [&] { return says(bench.client(request)->read_until("\r\n\r\n"), "503 "); }));
  EXPECT_TRUE(says(bench.client(kUpgrade)->read_until("\r\n\r\n"), "101 ")) << "a short one passes";
  EXPECT_TRUE(slow->write(request.substr(100'000)));
  EXPECT_TRUE(says(slow->read_until("\r\n\r\n"), "101 "));
  const auto next = bench.client(request);  // the first has begun: its place is free
  EXPECT_TRUE(says(next->read_until("\r\n\r\n"), "101 "));
}

}  // namespace stream_limits_test
