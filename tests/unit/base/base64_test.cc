#include "base/base64.h"

#include <gtest/gtest.h>

namespace base::base64_test {

TEST(Base64, ThereAndBack) {
  const std::pair<std::string, std::string> cases[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {std::string("\0\xff", 2), "AP8="},
                                                       {std::string(100, 'x'), ""}};
  for (const auto& [bytes, text] : cases) {
    const std::string encoded = encode_base64(bytes);
    if (bytes.size() < 10) {
      EXPECT_EQ(encoded, text);
    }
    EXPECT_EQ(encoded.find('\n'), std::string::npos);
    EXPECT_EQ(decode_base64(encoded), bytes);
  }
}

TEST(Base64, AnythingElseIsRefused) {
  for (const char* text : {"Zg=", "Zg", "Z!==", "Zm9vY", "\xff\xff\xff\xff"}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace base::base64_test
