// How bytes, ends and failures pass between two connections.
#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <random>
#include <thread>

#include "stream_bench.h"
#include "support/wait.h"

namespace relay_test {

using namespace stream_bench;
using namespace std::chrono_literals;
using testing_support::wait_until;

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

testing::AssertionResult all_closed(const Bench& bench) {
  return wait_until("every connection is closed", 20s,
                    [&] { return bench.service->counts().connections == 0; });
}

TEST(Relay, BytesPassIntactBothWaysAndThoseThatCameEarlyGoFirst) {
  const std::string down = noise(5'000'000, 1);
  const std::string up = noise(3'000'000, 2);
  std::string received;
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    EXPECT_TRUE(server.write(kSwitching + "early;"));  // in one piece with the head
    std::jthread writer([&] { EXPECT_TRUE(server.write(down)); });
    received = server.read_exactly(up.size() + 6);
    writer.join();
    server.close_write();
    server.read_all();
  });
  const auto client = bench.client(kUpgrade + "first;");
  std::jthread writer([&] { EXPECT_TRUE(client->write(up)); });
  EXPECT_EQ(client->read_until("\r\n\r\n"), kSwitching);
  EXPECT_EQ(client->read_exactly(6), "early;");
  const bool is_same = client->read_exactly(down.size()) == down;
  EXPECT_TRUE(is_same);
  writer.join();
  client->close_write();
  bool clean = false;
  EXPECT_EQ(client->read_all(&clean), "");
  EXPECT_TRUE(clean);
  ASSERT_TRUE(all_closed(bench));
  const bool up_is_same = received == "first;" + up;
  EXPECT_TRUE(up_is_same);
  EXPECT_GE(bench.service->counts().relayed_bytes, up.size() + down.size());
}

TEST(Relay, TheEndOfOneSideIsPassedOnAndTheOtherGoesOn) {
  Bench bench([](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    const std::string all = server.read_all();  // the client's end arrives here
    server.write("got " + all);
    server.close_write();
    server.read_all();
  });
  const auto client = bench.client(kUpgrade);
  client->read_until("\r\n\r\n");
  EXPECT_TRUE(client->write("input"));
  client->close_write();
  bool clean = false;
  EXPECT_EQ(client->read_all(&clean), "got input");
  EXPECT_TRUE(clean);
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, TheServersEndIsPassedOnAndTheClientGoesOn) {
  const std::string late = noise(1'000'000, 3);
  std::atomic<bool> same = false;
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    server.close_write();
    same = server.read_all() == late;
  });
  const auto client = bench.client(kUpgrade);
  EXPECT_EQ(client->read_all(), kSwitching);
  EXPECT_TRUE(client->write(late));
  client->close_write();
  EXPECT_TRUE(all_closed(bench));
  EXPECT_TRUE(wait_until("the server has it all", 20s, [&] { return same.load(); }));
}

TEST(Relay, AHalfOpenStreamThatIsSilentIsClosed) {
  Bench bench(
      [](TlsPeer& server) {
        server.read_until("\r\n\r\n");
        server.write(kSwitching);
        server.close_write();
        server.read_all();  // the client says nothing and does not leave
      },
      {.half_open_timeout = 100ms});
  const auto client = bench.client(kUpgrade);
  client->read_all();
  EXPECT_TRUE(all_closed(bench));
}

// `kubectl logs | less`: the log ends long before its reader is through.
TEST(Relay, AReaderThatPausesAfterTheEndLosesNothing) {
  const std::string log = noise(500'000, 5);
  Bench bench(
      [&](TlsPeer& server) {
        server.read_until("\r\n\r\n");
        server.write(kSwitching + log);
        server.close_write();
        server.read_all();
      },
      {.half_open_timeout = 100ms});
  const auto client = bench.client(kUpgrade);
  client->read_until("\r\n\r\n");
  ASSERT_TRUE(wait_until("all is on its way", 20s,
                         [&] { return bench.service->counts().relayed_bytes >= log.size(); }));
  EXPECT_FALSE(wait_until("it is given up", 1s, [&] { return bench.service->counts().connections == 0; }));
  bool clean = false;
  const bool is_same = client->read_all(&clean) == log;
  EXPECT_TRUE(is_same);
  EXPECT_TRUE(clean);
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, AReaderThatDoesNotReadStopsTheSender) {
  const std::string piece = noise(1 << 20, 4);
  constexpr int kPieces = 96;
  std::atomic<int> written = 0;
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    while (written < kPieces && server.write(piece)) ++written;
    server.close_write();
    server.read_all();
  });
  const auto client = bench.client(kUpgrade);
  client->read_until("\r\n\r\n");
  // It has stopped when nothing passed during a pause.
  std::uint64_t before = 1;
  std::uint64_t now = 0;
  int still = 0;
  ASSERT_TRUE(wait_until("the stream stands", 20s, [&] {
    before = std::exchange(now, bench.service->counts().relayed_bytes);
    still = before == now ? still + 1 : 0;
    return still > 20;
  }));
  EXPECT_LT(written, kPieces);  // what the kernel buffers is all that is under way
  for (int i = 0; i < kPieces; ++i) {
    const bool same = client->read_exactly(piece.size()) == piece;
    ASSERT_TRUE(same) << i;
  }
  client->close_write();
  EXPECT_EQ(client->read_all(), "");
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, AServerThatVanishesTakesTheClientAlong) {
  Bench bench([](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    server.read_exactly(1);
    server.abort();
  });
  const auto client = bench.client(kUpgrade);
  client->read_until("\r\n\r\n");
  client->write("x");
  bool clean = true;
  client->read_all(&clean);
  EXPECT_FALSE(clean);  // a cut must not look like an end
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, AClientThatVanishesTakesTheServerAlong) {
  std::latch over(1);
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    server.read_all();
    over.count_down();
  });
  const auto client = bench.client(kUpgrade);
  client->read_until("\r\n\r\n");
  client->abort();
  over.wait();
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, APlainReplyEndsWithTheServerOrTheClient) {
  std::atomic<int> ended = 0;
  Bench bench([&](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nline\n");
    server.read_all();  // follows until the client leaves
    ++ended;
  });
  const auto client = bench.client(kGet);
  EXPECT_NE(client->read_until("line\n").find("200 OK"), std::string::npos);
  EXPECT_EQ(bench.service->counts().connections, 1u);
  client->close_write();
  EXPECT_TRUE(wait_until("the server knows", 20s, [&] { return ended == 1; }));
  EXPECT_TRUE(all_closed(bench));
}

TEST(Relay, HundredsOfStreamsAtOnceDoNotMix) {
  constexpr int kStreams = 100;
  Bench bench([](TlsPeer& server) {
    server.read_until("\r\n\r\n");
    server.write(kSwitching);
    std::string chunk(10'000, '\0');
    for (int got = 0; (got = server.read_some(chunk)) > 0;) {
      if (!server.write(std::string_view(chunk).substr(0, static_cast<std::size_t>(got)))) return;
    }
    server.close_write();
  });
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kStreams; ++i) {
      clients.emplace_back([&, i] {
        const std::string mine = noise(50'000, static_cast<unsigned>(100 + i));
        const auto client = bench.client(kUpgrade);
        client->read_until("\r\n\r\n");
        std::jthread writer([&] { client->write(mine); });
        const std::string back = client->read_exactly(mine.size());
        writer.join();
        client->close_write();
        client->read_all();
        if (back == mine) ++right;
      });
    }
  }
  EXPECT_EQ(right, kStreams);
  EXPECT_TRUE(all_closed(bench));
}

}  // namespace relay_test
