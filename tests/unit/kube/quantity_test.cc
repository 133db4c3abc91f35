#include "kube/core/quantity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <limits>

namespace kube::quantity_test {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

TEST(Quantity, ReadsWholeUnitsRoundedUp) {
  const std::pair<const char*, std::int64_t> rows[] = {{"0", 0},
                                                       {"8", 8},
                                                       {"+8", 8},
                                                       {"-8", -8},
                                                       {"500m", 1},
                                                       {"1500m", 2},
                                                       {"-1500m", -1},
                                                       {"0.5", 1},
                                                       {".5", 1},
                                                       {"5.", 5},
                                                       {"1k", 1000},
                                                       {"1Ki", 1024},
                                                       {"1536Gi", 1536LL << 30},
                                                       {"1e3", 1000},
                                                       {"1E3", 1000},
                                                       {"1E", 1000000000000000000},
                                                       {"1Ei", 1LL << 60},
                                                       {"0.5Ki", 512},
                                                       {"1.5e-1", 1},
                                                       {"12e+2", 1200},
                                                       {"1n", 1},
                                                       {"1u", 1},
                                                       {"007", 7},
                                                       {"100Ei", kMax},
                                                       {"1e30", kMax},
                                                       {"99999999999999999999", kMax},
                                                       {"1.00000000000000000000000000000000000Gi", 1LL << 30},
                                                       {"-1e30", std::numeric_limits<std::int64_t>::min()},
                                                       {"0.000000000000000000000000000000001", 1}};
  for (const auto& [text, want] : rows) {
    const auto got = parse_quantity(text);
    ASSERT_TRUE(got) << text << ": " << got.error().text();
    EXPECT_EQ(*got, want) << text;
  }
}

TEST(Quantity, ReadsThousandths) {
  EXPECT_EQ(*parse_quantity_milli("500m"), 500);
  EXPECT_EQ(*parse_quantity_milli("2"), 2000);
  EXPECT_EQ(*parse_quantity_milli("0.1"), 100);
  EXPECT_EQ(*parse_quantity_milli("1n"), 1);
  EXPECT_EQ(*parse_quantity_milli("9223372036854775807"), kMax);
}

TEST(Quantity, RefusesWhatIsNone) {
  for (const char* text : {"",    " ",     "m",    "Gi",  "1 Gi", "1gi", "1KB", "1e",      "1e3m", "1ee3",
                           "--1", "1.2.3", "0x10", "1,5", "e3",   ".",   "+",   "1e99999", "NaN",  "1Gi "}) {
    const auto got = parse_quantity(text);
    ASSERT_FALSE(got) << text;
    EXPECT_TRUE(got.error().is(base::Code::kInvalid)) << text;
  }
}

RC_GTEST_PROP(Quantity, WholeNumbersReadAsThemselves, (std::int64_t number)) {
  RC_PRE(number != std::numeric_limits<std::int64_t>::min());
  RC_ASSERT(*parse_quantity(std::to_string(number)) == number);
}

RC_GTEST_PROP(Quantity, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto got = parse_quantity(text);
  RC_ASSERT(got || got.error().is(base::Code::kInvalid));
}

}  // namespace kube::quantity_test
