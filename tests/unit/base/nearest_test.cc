#include "base/nearest.h"

#include <gtest/gtest.h>

#include <string>

namespace base::nearest_test {

constexpr std::string_view kWords[] = {"operator", "key", "keys", "value", "effect"};

TEST(Nearest, FindsWhatWasMeant) {
  const std::pair<const char*, const char*> cases[] = {
      {"operatr", "operator"},
      {"OPERATOR", "operator"},
      {"oprator", "operator"},
      {"kye", "key"},
      {"ke", "key"},
      {"key", "key"},
      {"vlaue", "value"},
      {"valu", "value"},
      {"", ""},
      {"zebra", ""},
      {"x", ""},
  };
  for (const auto& [word, meant] : cases) EXPECT_EQ(nearest(word, kWords), meant) << word;
}

TEST(Nearest, TakesTheFirstOfEquals) {
  constexpr std::string_view words[] = {"cat", "bat"};
  EXPECT_EQ(nearest("hat", words), "cat");
}

TEST(Nearest, LongWordsAreNotCompared) {
  EXPECT_EQ(nearest(std::string(65, 'a'), kWords), "");
  const std::string longer(65, 'a');
  const std::string_view words[] = {longer};
  EXPECT_EQ(nearest(std::string(64, 'a'), words), "");
}

}  // namespace base::nearest_test
