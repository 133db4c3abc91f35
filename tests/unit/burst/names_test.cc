#include "burst/names.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

namespace burst::names_test {

bool is_dns_label(const std::string& text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > 63 || !plain(text.front()) || !plain(text.back())) return false;
  for (const char c : text) {
    if (!plain(c) && c != '-') return false;
  }
  return true;
}

TEST(Names, AttemptNameIsReadableAndStable) {
  const std::string name = attempt_name("train-0", "uid-1", "uid-2", 1);
  EXPECT_TRUE(name.starts_with("train-0-")) << name;
  EXPECT_TRUE(name.ends_with("-1")) << name;
  EXPECT_EQ(name, attempt_name("train-0", "uid-1", "uid-2", 1));
}

TEST(Names, EveryPartOfTheIdentityMatters) {
  const std::set<std::string> names{attempt_name("p", "a", "b", 1), attempt_name("p", "a", "b", 2),
                                    attempt_name("p", "a", "c", 1), attempt_name("p", "b", "b", 1),
                                    attempt_name("p", "ab", "", 1), attempt_name("p", "", "ab", 1)};
  EXPECT_EQ(names.size(), 6u);
}

TEST(Names, AreValidLabelsWhateverThePodIsCalled) {
  EXPECT_TRUE(rc::check([](const std::string& pod, const std::string& pod_uid, const std::string& burst_uid) {
    const int attempt = *rc::gen::inRange(0, 2'000'000'000);
    const std::string name = attempt_name(pod, pod_uid, burst_uid, attempt);
    RC_ASSERT(name.size() <= 56u);
    RC_ASSERT(is_dns_label(name));
    RC_ASSERT(is_dns_label(anchor_name(name)));
    RC_ASSERT(is_dns_label(go_name(name)));
  }));
}

TEST(Names, LongPodNamesAreCutWithoutAStrayDash) {
  const std::string pod = std::string(39, 'a') + "." + std::string(60, 'b');
  const std::string name = attempt_name(pod, "u", "v", 7);
  EXPECT_TRUE(is_dns_label(name)) << name;
  EXPECT_EQ(name.find("--"), std::string::npos) << name;
}

}  // namespace burst::names_test
