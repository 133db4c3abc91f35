#include "kube/runtime/elector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>

#include "base/metrics.h"
#include "fake_lease_server.h"
#include "wait_until.h"

namespace kube::elector_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ManualClock : public base::Clock {
 public:
  base::Time now() const override { return base::Time(std::chrono::microseconds(micros_.fetch_add(1))); }
  base::SteadyTime steady_now() const override { return base::SteadyTime(milliseconds(steady_.load())); }
  void advance(milliseconds by) { steady_ += by.count(); }

 private:
  mutable std::atomic<std::int64_t> micros_{1'700'000'000'000'000};
  std::atomic<std::int64_t> steady_{1'000'000};
};

/// One process of an election. Its clock stands still unless the test moves it; its rounds come every
/// millisecond.
struct Candidate {
  Candidate(FakeLeaseServer& server, const std::string& identity)
      : client(std::make_unique<FakeLeaseClient>(server), {}, "test/1"),
        elector(client, clock,
                {.ns = "x", .name = "l", .identity = identity, .retry_period = milliseconds(1)},
                {.started = [this] { started = true; },
                 .lost =
                     [this](std::string text) {
                       std::lock_guard lock(mutex);
                       why = std::move(text);
                       lost = true;
                     }}) {}
  std::string lost_why() {
    std::lock_guard lock(mutex);
    return why;
  }
  ManualClock clock;
  Client client;
  std::mutex mutex;
  std::string why;
  std::atomic<bool> started = false;
  std::atomic<bool> lost = false;
  Elector elector;  // last: its thread uses the members above
};

bool wait_rounds(FakeLeaseServer& server, int rounds) {
  const int before = server.reads();
  return wait_until([&] { return server.reads() >= before + rounds; });
}

TEST(Elector, TakesAFreeLeaseAndReleasesItAtStop) {
  FakeLeaseServer server;
  Candidate a(server, "a");
  EXPECT_FALSE(a.elector.leading());
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  EXPECT_TRUE(a.elector.leading());
  EXPECT_EQ(server.spec()["holderIdentity"], "a");
  EXPECT_EQ(server.spec()["leaseDurationSeconds"], 15);
  EXPECT_EQ(server.spec()["leaseTransitions"], 0);
  a.elector.stop();
  EXPECT_FALSE(a.elector.leading());
  EXPECT_FALSE(a.lost);
  EXPECT_EQ(server.spec()["holderIdentity"], "");
  EXPECT_EQ(server.spec()["leaseDurationSeconds"], 1);
}

TEST(Elector, OnlyOneOfTwoLeadsAndTheOtherFollows) {
  FakeLeaseServer server;
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  Candidate b(server, "b");
  b.elector.start();
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(b.started);
  a.elector.stop();
  ASSERT_TRUE(wait_until([&] { return b.started.load(); }));
  EXPECT_EQ(server.holder(), "b");
  EXPECT_EQ(server.spec()["leaseTransitions"], 1);
}

TEST(Elector, WaitsForALeaseToRunOutByItsOwnClock) {
  FakeLeaseServer server;
  server.put("dead", "1970-01-01T00:00:00.000000Z");  // old by any clock; that must not matter
  Candidate b(server, "b");
  b.elector.start();
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(b.started);
  b.clock.advance(milliseconds(14'999));
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(b.started);
  server.put("dead", "1970-01-01T00:00:01.000000Z");  // alive after all: its time starts anew
  ASSERT_TRUE(wait_rounds(server, 5));
  b.clock.advance(milliseconds(14'999));
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(b.started);
  b.clock.advance(seconds(1));
  ASSERT_TRUE(wait_until([&] { return b.started.load(); }));
  EXPECT_EQ(server.spec()["leaseTransitions"], 4);
}

TEST(Elector, LosesWhatItCannotRenew) {
  FakeLeaseServer server;
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  server.set_down(true);
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(a.lost);
  EXPECT_TRUE(a.elector.leading());
  a.clock.advance(milliseconds(10'001));
  ASSERT_TRUE(wait_until([&] { return a.lost.load(); }));
  EXPECT_FALSE(a.elector.leading());
  EXPECT_NE(a.lost_why().find("deadline"), std::string::npos);
}

TEST(Elector, RecoversWithinTheDeadline) {
  FakeLeaseServer server;
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  server.set_down(true);
  ASSERT_TRUE(wait_rounds(server, 3));
  a.clock.advance(seconds(9));
  server.set_down(false);
  const auto before = server.spec()["renewTime"];
  ASSERT_TRUE(wait_until([&] { return server.spec()["renewTime"] != before; }));
  a.clock.advance(seconds(9));
  const auto later = server.spec()["renewTime"];
  ASSERT_TRUE(wait_until([&] { return server.spec()["renewTime"] != later; }));
  EXPECT_FALSE(a.lost);
}

TEST(Elector, IsUnsureByItselfWhenItsThreadIsStuck) {
  FakeLeaseServer server;
  ManualClock clock;
  Client client(std::make_unique<FakeLeaseClient>(server), {}, "test/1");
  std::atomic<bool> started = false;
  Elector elector(client, clock,
                  {.ns = "x", .name = "l", .identity = "a", .retry_period = std::chrono::hours(1)},
                  {.started = [&] { started = true; }, .lost = {}});
  elector.start();
  ASSERT_TRUE(wait_until([&] { return started.load(); }));
  EXPECT_TRUE(elector.leading());
  clock.advance(seconds(14));  // the lease still has a second: that is the margin
  EXPECT_FALSE(elector.leading());
}

TEST(Elector, LosesAtOnceWhenAnotherHasTakenIt) {
  FakeLeaseServer server;
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  server.put("b", "2026-01-01T00:00:00.000000Z");
  ASSERT_TRUE(wait_until([&] { return a.lost.load(); }));
  EXPECT_FALSE(a.elector.leading());
  EXPECT_EQ(server.holder(), "b");
}

TEST(Elector, AnotherProcessWithOurIdentityIsSomebodyElse) {
  FakeLeaseServer server;
  server.put("a", "2026-01-01T00:00:00.000000Z");
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_rounds(server, 5));
  EXPECT_FALSE(a.started);
  EXPECT_EQ(base::metrics_text().find("kube_elector_identity_conflicts_total{lease=\"l\"} 0\n"),
            std::string::npos);
  a.clock.advance(seconds(16));
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
}

TEST(Elector, AWriteWhoseAnswerWasLostIsOurs) {
  FakeLeaseServer server;
  server.lose_replies(2);
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_until([&] { return a.started.load(); }));
  server.lose_replies(3);
  ASSERT_TRUE(wait_until([&] { return server.replies_to_lose() == 0; }));
  const auto before = server.spec()["renewTime"];
  ASSERT_TRUE(wait_until([&] { return server.spec()["renewTime"] != before; }));
  EXPECT_FALSE(a.lost);
}

TEST(Elector, StopsWhileWaiting) {
  FakeLeaseServer server;
  server.put("other", "2026-01-01T00:00:00.000000Z");
  Candidate a(server, "a");
  a.elector.start();
  ASSERT_TRUE(wait_rounds(server, 1));
  a.elector.stop();
  EXPECT_EQ(server.holder(), "other");
}

}  // namespace kube::elector_test
