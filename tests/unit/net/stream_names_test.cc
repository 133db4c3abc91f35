// Servers that are called by name: which streams a dead name service delays, and what a dead address costs.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <latch>
#include <vector>

#include "stream_bench.h"
#include "support/wait.h"

namespace stream_names_test {

using namespace stream_bench;
using namespace std::chrono_literals;
using testing_support::wait_until;

bool says(const std::string& reply, const std::string& text) { return reply.find(text) != std::string::npos; }

void begin(TlsPeer& server) {
  server.read_until("\r\n\r\n");
  server.write(kSwitching);
  server.read_all();
}

/// A second port of a bench that sends everything to its server, by name.
struct ByName {
  explicit ByName(Bench& bench, std::chrono::milliseconds timeout = 20s)
      : upstream(net::make_upstream({.tls = true, .host = "localhost", .port = bench.host.port()},
                                    {.ca_pem = authority().ca_pem()})
                     .value()),
        listener(bench.service
                     ->listen("127.0.0.1", 0,
                              [this, timeout](std::shared_ptr<net::StreamExchange> exchange) {
                                exchange->forward({.upstream = upstream,
                                                   .request = {.method = "POST",
                                                               .target = "/exec",
                                                               .headers = {{"Connection", "Upgrade"},
                                                                           {"Upgrade", "SPDY/3.1"}},
                                                               .timeout = timeout}},
                                                  [](std::shared_ptr<net::StreamExchange> back,
                                                     base::Result<net::HttpResponse> said) {
                                                    back->reply(failure_reply(said));
                                                  });
                              })
                     .value()) {
    const Issued issued = certificate();
    EXPECT_TRUE(listener->set_certificate(issued.certificate_pem, issued.key_pem));
  }
  std::unique_ptr<TlsPeer> client() const {
    auto peer = TlsPeer::connect(listener->port());
    EXPECT_TRUE(peer->open());
    EXPECT_TRUE(peer->write(kUpgrade));
    return peer;
  }

  net::Upstream upstream;
  std::unique_ptr<net::StreamListener> listener;
};

/// An address whose packets vanish: a port of 127.0.0.2 whose queue is full.
class BlackHole {
 public:
  explicit BlackHole(std::uint16_t port) : listener_(open()), filler_(open()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 0), 0);
    EXPECT_EQ(::connect(filler_, generic, sizeof address), 0);
  }
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;
  ~BlackHole() {
    ::close(filler_);
    ::close(listener_);
  }

 private:
  static int open() { return ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0); }
  int listener_;
  int filler_;
};

TEST(StreamNames, ANameServiceThatDoesNotAnswerHoldsUpNobodyElse) {
  std::latch answers(1);
  std::atomic<int> lookups = 0;
  Bench bench(begin, {.workers = 2, .look_up = [&](const std::string&) {
                        ++lookups;
                        answers.wait();
                        return std::vector<std::string>{"127.0.0.1"};
                      }});
  const ByName by_name(bench);
  std::vector<std::unique_ptr<TlsPeer>> waiting;
  for (int i = 0; i < 20; ++i) waiting.push_back(by_name.client());
  EXPECT_TRUE(wait_until("the name is looked up", 20s, [&] { return lookups == 1; }));
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(says(bench.client(kUpgrade)->read_until("\r\n\r\n"), "101 "));
  }
  answers.count_down();
  for (auto& client : waiting) EXPECT_TRUE(says(client->read_until("\r\n\r\n"), "101 "));
  EXPECT_TRUE(says(by_name.client()->read_until("\r\n\r\n"), "101 "));
  EXPECT_EQ(lookups, 1) << "one for all, and remembered";
}

TEST(StreamNames, ANameThatCannotBeLookedUpIsTold) {
  const auto over = std::make_shared<std::latch>(1);
  std::atomic<bool> silent = false;
  Bench bench(begin,
              {.look_up = [&silent, over](const std::string& host) -> base::Result<std::vector<std::string>> {
                if (silent) over->wait();
                return base::fail(base::Code::kUnavailable, "cannot resolve " + host);
              }});
  const ByName by_name(bench, 200ms);
  EXPECT_TRUE(says(by_name.client()->read_all(), "cannot resolve localhost"));
  silent = true;
  EXPECT_TRUE(says(by_name.client()->read_all(), "no answer from the name service"));
  bench.service->stop();  // while the lookup is still under way
  over->count_down();
}

TEST(StreamNames, AnAddressThatSwallowsPacketsLeavesTimeForTheNext) {
  Bench bench(begin, {.look_up = [](const std::string&) {
                return std::vector<std::string>{"127.0.0.2", "127.0.0.1"};
              }});
  const BlackHole hole(bench.host.port());
  const ByName by_name(bench, 2s);
  const std::string reply = by_name.client()->read_until("\r\n\r\n");
  EXPECT_TRUE(says(reply, "101 ")) << reply;
}

}  // namespace stream_names_test
