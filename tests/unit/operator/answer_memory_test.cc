#include "operator/kubelet/answer_memory.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <stdexcept>
#include <thread>
#include <vector>

#include "support/manual_clock.h"

namespace op::answer_memory_test {

using Memory = AnswerMemory<int>;

TEST(AnswerMemory, AnExceptionIsAFailureForAllWhoWait) {
  testing_support::ManualClock clock;
  Memory memory(clock, 16);
  constexpr int kAskers = 8;
  std::latch all_here(kAskers);
  std::atomic<int> asked{0};
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> askers;
    for (int i = 0; i < kAskers; ++i) {
      askers.emplace_back([&] {
        all_here.arrive_and_wait();
        const auto answer = memory.get("question", [&]() -> base::Result<Memory::Answer> {
          ++asked;
          throw std::runtime_error("no");
        });
        failed += !answer && answer.error().is(base::Code::kMalformed) ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(failed, kAskers);
  EXPECT_GE(asked, 1);
  const auto next = memory.get("question", [] { return Memory::Answer{7, std::chrono::seconds(1)}; });
  ASSERT_TRUE(next) << "the failure is not remembered";
  EXPECT_EQ(*next, 7);
}

}  // namespace op::answer_memory_test
