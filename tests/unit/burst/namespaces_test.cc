#include "burst/namespaces.h"

#include <gtest/gtest.h>

namespace burst::namespaces_test {

TEST(Namespaces, OneForAllUnlessThereIsAPrefix) {
  const NamespaceRule given{"neoburst", ""};
  EXPECT_EQ(*given.of("team-a"), "neoburst");
  EXPECT_TRUE(given.covers("neoburst"));
  EXPECT_FALSE(given.covers("acme-team-a")) << "what an older rule mapped is not watched";

  const NamespaceRule mapped{"neoburst", "acme-"};
  EXPECT_EQ(*mapped.of("team-a"), "acme-team-a");
  EXPECT_NE(*mapped.of("team-a"), *mapped.of("team-b"));
  EXPECT_TRUE(mapped.covers("acme-team-a"));
  EXPECT_TRUE(mapped.covers("neoburst"));
}

TEST(Namespaces, ANameThatIsTooLongIsToldWithTheMend) {
  const NamespaceRule mapped{"neoburst", "acme-"};
  EXPECT_EQ(mapped.of(std::string(58, 'n'))->size(), kLongestNamespace);
  const auto too_long = mapped.of(std::string(59, 'n'));
  ASSERT_FALSE(too_long);
  EXPECT_TRUE(too_long.error().is(base::Code::kInvalid));
  EXPECT_NE(too_long.error().message.find("64 characters"), std::string::npos) << too_long.error().message;
  EXPECT_NE(too_long.error().message.find("spec.remoteNamespacePrefix"), std::string::npos);
}

TEST(Namespaces, PrefixesThatCannotBeUsed) {
  for (const char* good : {"", "a", "acme-", "0-", "kube", "kubernetes-"})
    EXPECT_EQ(prefix_problem(good), "") << good;
  for (const char* bad : {"-a", "Acme-", "a.b", "a/", "a b", "kube-", "kube-x", "openshift-",
                          "abcdefghijklmnopqrstuvwxyz-12345"})
    EXPECT_NE(prefix_problem(bad), "") << bad;
}

}  // namespace burst::namespaces_test
