#include "program/leadership.h"

#include <gtest/gtest.h>

#include <csignal>

namespace program::leadership_test {

/// A Shutdown blocks the signals that end us, and its request() sends one: neither outlives a test.
class Ending : public ::testing::Test {
 protected:
  Ending() { pthread_sigmask(SIG_SETMASK, nullptr, &before_); }
  ~Ending() override {
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGTERM);
    const timespec at_once{};
    sigtimedwait(&ours, nullptr, &at_once);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_{};
};
class Leading : public Ending {};

TEST_F(Leading, AloneTheWorkStartsAtOnce) {
  Shutdown shutdown;
  int starts = 0;
  Leadership leadership(shutdown, [&] { ++starts; });
  EXPECT_EQ(starts, 0);
  leadership.lead_alone();
  EXPECT_EQ(starts, 1);
  leadership.close();
  leadership.give_back();
}

TEST_F(Leading, ThatComesWhileTheProcessEndsStartsNothing) {
  Shutdown shutdown;
  int starts = 0;
  Leadership leadership(shutdown, [&] { ++starts; });
  leadership.close();
  leadership.lead_alone();
  EXPECT_EQ(starts, 0);
}

TEST_F(Ending, TheFirstReasonCounts) {
  Shutdown shutdown;
  EXPECT_FALSE(shutdown.wait(std::chrono::milliseconds(1)));
  shutdown.request("leadership lost: gone", 1);
  shutdown.request("later", 2);
  EXPECT_TRUE(shutdown.wait(std::chrono::seconds(10)));
  EXPECT_EQ(shutdown.reason(), "leadership lost: gone");
  EXPECT_EQ(shutdown.exit_code(), 1);
}

}  // namespace program::leadership_test
