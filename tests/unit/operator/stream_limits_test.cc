#include "operator/kubelet/stream_limits.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "program/start.h"

namespace op::stream_limits_test {

TEST(StreamLimits, LeaveTheOperatorDescriptorsOfItsOwn) {
  for (const std::size_t descriptors : {600, 1024, 2048, 4096, 65536}) {
    const auto limits = stream_limits(descriptors);
    EXPECT_LE(2 * limits.max_connections + 512, descriptors) << descriptors;
    EXPECT_LE(2 * limits.max_port_streams, limits.max_connections) << descriptors;
    EXPECT_LE(2 * limits.max_newcomers, limits.max_connections) << descriptors;
  }
  EXPECT_EQ(stream_limits(65536).max_connections, 1024u);
  EXPECT_EQ(stream_limits(65536).max_port_streams, 256u);
  EXPECT_EQ(stream_limits(1024).max_connections, 256u);
  EXPECT_EQ(stream_limits(1024).max_port_streams, 128u);
  EXPECT_EQ(stream_limits(64).max_connections, 16u) << "some pass even so";
}

TEST(StreamLimits, AllDescriptorsThatMayBeHadAre) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit low{.rlim_cur = 256, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  const std::size_t raised = program::raise_descriptor_limit();
  rlimit after{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(raised, after.rlim_cur);
  EXPECT_EQ(raised, std::min<std::size_t>(before.rlim_max, 65536));
  EXPECT_EQ(after.rlim_max, before.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace op::stream_limits_test
