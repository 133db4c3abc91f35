// After streams of every bad kind the process is as it was: descriptors, threads, memory.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "stream_bench.h"
#include "support/wait.h"

namespace stream_leak_test {

using namespace stream_bench;
using namespace std::chrono_literals;
using testing_support::wait_until;

constexpr int kStreams = 100;

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

double resident_mb() {
  malloc_trim(0);  // what the allocator keeps for later is no leak; on a busy machine it keeps more
  std::ifstream file("/proc/self/statm");
  double total = 0;
  double resident = 0;
  file >> total >> resident;
  return resident * 4096 / 1e6;
}

/// What a server does to its client is the target's last letter.
void misbehave(TlsPeer& server) {
  const std::string request = server.read_until("\r\n\r\n");
  const char how = request[request.find(" HTTP/1.1") - 1];
  if (how == 'n') return;  // closes without an answer
  server.write(kSwitching);
  const std::string piece(256 * 1024, 'x');
  switch (how) {
    case 'e':  // echoes, as exec does
      while (true) {
        std::string chunk(4096, '\0');
        const int got = server.read_some(chunk);
        if (got <= 0 || !server.write(std::string_view(chunk).substr(0, static_cast<std::size_t>(got))))
          break;
      }
      server.close_write();
      break;
    case 'f':  // floods a client that may not read
      while (server.write(piece)) {
      }
      break;
    case 's':  // says something, then nothing
      server.write("begin");
      server.read_all();
      break;
    case 'h':  // half-closes, and stays
      server.close_write();
      server.read_all();
      break;
    case 'r':
      server.abort();
      break;
    default:
      break;
  }
}

std::unique_ptr<TlsPeer> open_stream(const Bench& bench, char how) {
  auto client = bench.client("POST /exec/" + std::string(1, how) +
                             " HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n");
  return client;
}

/// A hundred commands at once, each with its input and its end.
void run_commands(const Bench& bench) {
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kStreams; ++i) {
      clients.emplace_back([&, i] {
        const auto client = open_stream(bench, 'e');
        client->read_until("\r\n\r\n");
        const std::string mine = "input of " + std::to_string(i);
        client->write(mine);
        client->close_write();
        if (client->read_all() == mine) ++right;
      });
    }
  }
  EXPECT_EQ(right, kStreams);
}

/// Streams of every other kind, open at the same time, and left without a word.
void run_the_rest(const Bench& bench) {
  std::vector<std::unique_ptr<TlsPeer>> clients;
  for (int i = 0; i < kStreams; ++i) {
    clients.push_back(open_stream(bench, "fshrn"[i % 5]));
    if (i % 5 < 2) clients.back()->read_until("\r\n\r\n");
    if (i % 3 == 0) clients.back()->close_write();
  }
  for (auto& client : clients) client->abort();
}

TEST(StreamLeaks, NothingStaysOfAnyStream) {
  Bench bench(misbehave, {.half_open_timeout = 500ms});
  const auto round = [&] {
    run_commands(bench);
    run_the_rest(bench);
    ASSERT_TRUE(wait_until("every connection is closed", 20s,
                           [&] { return bench.service->counts().connections == 0; }));
  };
  // What the allocator and OpenSSL keep for next time is there after two rounds.
  round();
  round();
  std::size_t descriptors = 0;
  std::size_t threads = 0;
  const auto settle = [&] {
    return wait_until("the played servers have ended", 20s, [&] {
      descriptors = entries("/proc/self/fd");
      threads = entries("/proc/self/task");
      return bench.host.open_connections() == 0;
    });
  };
  ASSERT_TRUE(settle());
  const std::size_t descriptors_before = descriptors;
  const std::size_t threads_before = threads;
  const double memory_before = resident_mb();
  for (int i = 0; i < 5; ++i) round();
  ASSERT_TRUE(settle());
  EXPECT_EQ(descriptors, descriptors_before);
  EXPECT_EQ(threads, threads_before);
  EXPECT_LT(resident_mb() - memory_before, 20) << "five rounds of 200 streams";
}

}  // namespace stream_leak_test
