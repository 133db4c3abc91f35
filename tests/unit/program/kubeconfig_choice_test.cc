#include "program/kubeconfig_choice.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace program::kubeconfig_choice_test {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

KubeconfigChoice choose(const KubeconfigSources& sources, const std::vector<std::string>& files,
                        KubeconfigPolicy policy = KubeconfigPolicy::kPerson) {
  const auto choice = choose_kubeconfig(policy, sources, [&](const std::string& path) {
    return std::ranges::find(files, path) != files.end();
  });
  return choice ? *choice : KubeconfigChoice{"", choice.error().message};
}

TEST(KubeconfigChoice, FlagThenVariableThenHome) {
  const std::vector<std::string> files = {"b", "c", "/u/.kube/config"};
  EXPECT_EQ(choose({"f", "b", "/u"}, files).path, "f");  // a flag is taken at its word
  EXPECT_EQ(choose({"", "b", "/u"}, files).path, "b");
  EXPECT_EQ(choose({"", "", "/u"}, files).path, "/u/.kube/config");
  EXPECT_EQ(choose({"", "", "/other"}, files).path, "");
  EXPECT_EQ(choose({"", "", ""}, files).path, "");
}

TEST(KubeconfigChoice, OfSeveralTheFirstThatExistsAndItSaysSo) {
  const auto choice = choose({"", "a::b:c", "/u"}, {"b", "c"});
  EXPECT_EQ(choice.path, "b");
  EXPECT_THAT(choice.note, HasSubstr("only b is read"));
  EXPECT_THAT(choose({"", "b", ""}, {"b"}).note, IsEmpty());
  EXPECT_THAT(choose({"", "x:y", "/u"}, {"/u/.kube/config"}).note,
              HasSubstr("none of the files of KUBECONFIG exists"));
}

TEST(KubeconfigChoice, AServiceHasNoFolderOfAPerson) {
  const std::vector<std::string> files = {"b", "c", "/u/.kube/config"};
  const auto service = [&](const KubeconfigSources& sources) {
    return choose(sources, files, KubeconfigPolicy::kService);
  };
  EXPECT_EQ(service({"f", "b", "/u"}).path, "f");
  EXPECT_EQ(service({"", "b", "/u"}).path, "b");
  EXPECT_EQ(service({"", "x:c", "/u"}).path, "c");
  EXPECT_THAT(service({"", "x:c", "/u"}).note, HasSubstr("only c is read"));
  EXPECT_EQ(service({"", "", "/u"}).path, "") << "the service account of its pod";
  EXPECT_THAT(service({"", "x", "/u"}).note, HasSubstr("none of the files of KUBECONFIG exists"));
}

/// Sets a variable of the environment, or none, and puts the old one back.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    value == nullptr ? unsetenv(name) : setenv(name, value, 1);
  }
  ~Variable() { old_ ? setenv(name_, old_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(KubeconfigChoice, WithoutAnyOutsideOfAPodEachIsToldWhatItCanMend) {
  const Variable none("KUBECONFIG", nullptr);
  const Variable nowhere("HOME", nullptr);
  const Variable no_pod("KUBERNETES_SERVICE_HOST", nullptr);
  const auto service = chosen_cluster(KubeconfigPolicy::kService, "");
  ASSERT_FALSE(service);
  EXPECT_THAT(service.error().message, HasSubstr("not in a pod"));
  const auto person = chosen_cluster(KubeconfigPolicy::kPerson, "");
  ASSERT_FALSE(person);
  EXPECT_THAT(person.error().message, HasSubstr("name one with --kubeconfig"));
  const auto missing = chosen_cluster(KubeconfigPolicy::kPerson, "/nowhere/at/all");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(missing.error().is(base::Code::kNotFound));
}

}  // namespace program::kubeconfig_choice_test
