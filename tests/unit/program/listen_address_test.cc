#include "program/listen_address.h"

#include <gmock/gmock.h>

#include <tuple>

namespace program::listen_address_test {

using ::testing::HasSubstr;

TEST(ListenAddress, WhatIsAccepted) {
  const std::tuple<const char*, const char*, std::uint16_t> rows[] = {
      {"127.0.0.1:9090", "127.0.0.1", 9090}, {"[::1]:0", "::1", 0}, {":9090", "0.0.0.0", 9090},
      {"0.0.0.0:65535", "0.0.0.0", 65535},   {"[::]:80", "::", 80}, {"localhost:1", "localhost", 1},
      {"[fd00::7]:443", "fd00::7", 443}};
  for (const auto& [text, address, port] : rows) {
    const auto read = parse_listen_address(text);
    ASSERT_TRUE(read) << text << ": " << read.error().text();
    EXPECT_EQ(read->address, address) << text;
    EXPECT_EQ(read->port, port) << text;
  }
}

TEST(ListenAddress, WhatIsRefusedNamesItsMend) {
  const char* const form = "is not ADDRESS:PORT, for example 127.0.0.1:9090, [::1]:9090 or :9090";
  const std::pair<const char*, const char*> rows[] = {
      {"", form},
      {"9090", form},
      {"a:b", form},
      {"a:70000", form},
      {"a:", form},
      {"a:-1", form},
      {"a: 80", form},
      {"a:80x", form},
      {"[]:80", form},
      {"[::1:80", "brackets"},
      {"::1]:80", "brackets"},
      {"[a:80", form},
      {"::1:80", "put an IPv6 address in brackets, such as [::1]:9090"},
      {"fd00::7:443", "brackets"},
      {"::1", "brackets"}};
  for (const auto& [text, mend] : rows) {
    const auto read = parse_listen_address(text);
    ASSERT_FALSE(read) << text;
    EXPECT_TRUE(read.error().is(base::Code::kInvalid));
    EXPECT_THAT(read.error().message, HasSubstr(mend)) << text;
  }
}

}  // namespace program::listen_address_test
