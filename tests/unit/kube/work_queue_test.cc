#include "kube/runtime/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "wait_until.h"

namespace kube::work_queue_test {

using std::chrono::hours;
using std::chrono::milliseconds;

TEST(WorkQueue, GivesKeysInOrderOnce) {
  WorkQueue queue;
  for (const char* key : {"a", "b", "a", "c", "b"}) queue.add(key);
  EXPECT_EQ(queue.depth(), 3u);
  EXPECT_EQ(queue.take(), "a");
  EXPECT_EQ(queue.take(), "b");
  EXPECT_EQ(queue.take(), "c");
  EXPECT_EQ(queue.depth(), 0u);
}

TEST(WorkQueue, KeyAddedWhileProcessedComesOnceMore) {
  WorkQueue queue;
  queue.add("a");
  EXPECT_EQ(queue.take(), "a");
  queue.add("a");
  queue.add("a");
  EXPECT_EQ(queue.depth(), 0u);
  queue.add("b");
  EXPECT_EQ(queue.take(), "b");  // not "a": it is still being handled
  queue.done("a");
  EXPECT_EQ(queue.take(), "a");
  queue.done("a");
  EXPECT_EQ(queue.depth(), 0u);
}

TEST(WorkQueue, LowUrgencyWaitsButNeverStarves) {
  WorkQueue queue;
  for (const char* key : {"l1", "l2", "l3"}) queue.add(key, Urgency::kLow);
  for (int i = 0; i < 20; ++i) queue.add("n" + std::to_string(i));
  EXPECT_EQ(queue.depth(), 23u);
  std::vector<std::string> order;
  for (int i = 0; i < 23; ++i) order.push_back(queue.take().value());
  for (std::size_t i = 0; i < order.size(); ++i) {
    const bool turn_of_low = i % WorkQueue::kTurnsForLow == WorkQueue::kTurnsForLow - 1;
    const bool only_low_left = i == order.size() - 1;
    EXPECT_EQ(order[i].front() == 'l', turn_of_low || only_low_left) << i << " " << order[i];
  }
  EXPECT_EQ(queue.depth(), 0u);
}

TEST(WorkQueue, FewOfLowUrgencyAreHandledAtOnce) {
  WorkQueue queue(milliseconds(1), milliseconds(2), 1);
  queue.add("l1", Urgency::kLow);
  queue.add("l2", Urgency::kLow);
  EXPECT_EQ(queue.take(), "l1");
  queue.add("n");
  EXPECT_EQ(queue.take(), "n");  // not "l2"
  std::atomic<bool> got = false;
  std::jthread second([&] { got = queue.take() == "l2"; });
  queue.done("l1");
  second.join();
  EXPECT_TRUE(got);
}

TEST(WorkQueue, MoreUrgentKeyMovesUpAndComesOnce) {
  WorkQueue queue;
  queue.add("a", Urgency::kLow);
  queue.add("b", Urgency::kLow);
  queue.add("b");
  queue.add("b", Urgency::kLow);  // stays urgent
  EXPECT_EQ(queue.depth(), 2u);
  EXPECT_EQ(queue.take(), "b");
  queue.add("b", Urgency::kLow);  // while it is handled; its old place in the low lane is not taken for this
  EXPECT_EQ(queue.take(), "a");
  EXPECT_EQ(queue.depth(), 0u);
  queue.done("b");
  EXPECT_EQ(queue.depth(), 1u);
  EXPECT_EQ(queue.take(), "b");
}

TEST(WorkQueue, EarlierDelayStaysInForce) {
  WorkQueue queue;
  queue.add_after("a", milliseconds(1));
  queue.add_after("a", hours(1));
  EXPECT_EQ(queue.take(), "a");
  queue.done("a");
  queue.add_after("b", hours(1));
  queue.add_after("b", milliseconds(1));
  EXPECT_EQ(queue.take(), "b");
  queue.done("b");
  queue.add_after("c", milliseconds(0));
  EXPECT_EQ(queue.depth(), 1u);
  queue.add_after("d", milliseconds::max());
  EXPECT_EQ(queue.depth(), 1u);
}

TEST(WorkQueue, NewEarlierDelayWakesAWaitingWorker) {
  WorkQueue queue;
  queue.add_after("late", hours(1));
  std::atomic<bool> got = false;
  std::jthread worker([&] { got = queue.take() == "soon"; });
  queue.add_after("soon", milliseconds(5));
  worker.join();
  EXPECT_TRUE(got);
}

TEST(WorkQueue, FailuresComeBackAndHonourTheLeastWait) {
  WorkQueue queue(milliseconds(1), milliseconds(2));
  for (int i = 0; i < 5; ++i) queue.add_after_failure("a");
  EXPECT_EQ(queue.take(), "a");
  queue.done("a");
  queue.forget("a");
  queue.add_after_failure("b", hours(1));
  queue.add_after_failure("c");
  EXPECT_EQ(queue.take(), "c");
}

TEST(WorkQueue, ShutDownFreesWaitingWorkers) {
  WorkQueue queue;
  std::vector<std::jthread> workers;
  std::atomic<int> ended = 0;
  for (int i = 0; i < 4; ++i) {
    workers.emplace_back([&] { ended += queue.take() ? 0 : 1; });
  }
  queue.shut_down();
  workers.clear();
  EXPECT_EQ(ended, 4);
  queue.add("a");
  queue.add_after("a", milliseconds(1));
  queue.add_after_failure("a");
  EXPECT_EQ(queue.take(), std::nullopt);
}

TEST(WorkQueue, ManyThreadsNeverShareAKeyAndLoseNothing) {
  constexpr int kKeys = 17;
  constexpr int kRounds = 2000;
  WorkQueue queue(milliseconds(1), milliseconds(3));
  std::array<std::atomic<int>, kKeys> running{};
  std::array<std::atomic<int>, kKeys> wanted{};
  std::array<std::atomic<int>, kKeys> seen{};
  std::atomic<bool> shared = false;
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < 6; ++w) {
      workers.emplace_back([&] {
        while (auto key = queue.take()) {
          const auto k = static_cast<std::size_t>(std::stoi(*key));
          if (running[k].fetch_add(1) != 0) shared = true;
          seen[k] = wanted[k].load();  // level-triggered: sees the latest wish
          running[k].fetch_sub(1);
          queue.done(*key);
        }
      });
    }
    {
      std::vector<std::jthread> producers;
      for (int p = 0; p < 3; ++p) {
        producers.emplace_back([&, p] {
          for (int i = 0; i < kRounds; ++i) {
            const int k = (i * 7 + p) % kKeys;
            ++wanted[static_cast<std::size_t>(k)];
            const auto key = std::to_string(k);
            if (i % 3 == 0) queue.add_after(key, milliseconds(i % 4));
            if (i % 3 == 1) queue.add_after_failure(key);
            if (i % 3 == 2) queue.add(key);
            if (i % 50 == 0) queue.forget(key);
          }
        });
      }
    }
    EXPECT_TRUE(wait_until([&] {
      for (std::size_t k = 0; k < kKeys; ++k) {
        if (seen[k] != wanted[k]) return false;
      }
      return true;
    }));
    queue.shut_down();
  }
  EXPECT_FALSE(shared);
}

}  // namespace kube::work_queue_test
