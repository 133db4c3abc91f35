#include "kube/runtime/write_pacer.h"

#include <gtest/gtest.h>

namespace kube::write_pacer_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(WritePacer, ASwarmOfChangesIsAHandfulOfWrites) {
  WritePacer pacer(milliseconds(1000), milliseconds(10'000));
  base::SteadyTime now{};
  int writes = 0;
  for (int i = 0; i < 2000; ++i, now += milliseconds(10)) {  // 20 s of changes
    if (pacer.wait(now) > milliseconds(0)) continue;
    pacer.written(now);
    ++writes;
  }
  EXPECT_GE(writes, 3);
  EXPECT_LE(writes, 7);
  now += seconds(60);
  EXPECT_LE(pacer.wait(now), milliseconds(1000)) << "after a quiet time it is prompt again";
}

}  // namespace kube::write_pacer_test
