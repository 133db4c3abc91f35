#include "operator/bursts/ephemeral_containers.h"

#include <gtest/gtest.h>

namespace op::ephemeral_containers_test {

TEST(EphemeralContainers, AreThoseThatTheTwinDoesNotHave) {
  kube::PodRecord pod;
  kube::PodRecord twin;
  EXPECT_TRUE(added_containers(pod, twin).empty());
  pod.ephemeral_containers = {"debugger-1", "debugger-2"};
  EXPECT_EQ(added_containers(pod, twin), pod.ephemeral_containers);
  twin.ephemeral_containers = {"debugger-1"};
  EXPECT_EQ(added_containers(pod, twin), std::vector<std::string>{"debugger-2"});
  twin.ephemeral_containers = {"debugger-2", "debugger-1", "theirs"};
  EXPECT_TRUE(added_containers(pod, twin).empty());
}

}  // namespace op::ephemeral_containers_test
