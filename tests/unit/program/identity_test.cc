#include "program/identity.h"

#include <gmock/gmock.h>

namespace program::identity_test {

TEST(Identity, UserAgentAndVersionLineHaveOneVersion) {
  const std::string version(program::version());
  EXPECT_THAT(version, ::testing::MatchesRegex("[0-9]+(\\.[0-9]+)+"));
  EXPECT_EQ(user_agent(kOperator), "neoburst-operator/" + version);
  EXPECT_EQ(user_agent(kPublisher), "neoburst-publisher/" + version);
  EXPECT_EQ(user_agent(kExtender), "neoburst-extender/" + version);
  EXPECT_EQ(user_agent(kPlugin), "kubectl-neoburst/" + version);
  EXPECT_EQ(version_line(kPlugin), "kubectl-neoburst " + version);
}

}  // namespace program::identity_test
