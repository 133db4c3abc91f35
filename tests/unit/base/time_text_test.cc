#include "base/time_text.h"

#include <gtest/gtest.h>

namespace time_text_test {

using std::chrono::milliseconds;

base::Time at(long long microseconds) { return base::Time(std::chrono::microseconds(microseconds)); }

TEST(TimeText, FormatsWholeSecondsRoundedDown) {
  EXPECT_EQ(base::format_time(at(0)), "1970-01-01T00:00:00Z");
  EXPECT_EQ(base::format_time(at(1'795'450'968'999'999)), "2026-11-23T16:22:48Z");
  EXPECT_EQ(base::format_time(at(-1)), "1969-12-31T23:59:59Z");
  EXPECT_EQ(base::format_micro_time(at(1'795'450'968'123'456)), "2026-11-23T16:22:48.123456Z");
  EXPECT_EQ(base::format_micro_time(at(5)), "1970-01-01T00:00:00.000005Z");
  EXPECT_EQ(base::format_micro_time(at(-1)), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeText, ParsesWhatRfc3339Allows) {
  const struct {
    const char* text;
    long long microseconds;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-11-23T16:22:48Z", 1'795'450'968'000'000},
      {"2026-11-23T16:22:48.5Z", 1'795'450'968'500'000},
      {"2026-11-23T16:22:48.123456789Z", 1'795'450'968'123'456},
      {"2026-11-23T17:22:48+01:00", 1'795'450'968'000'000},
      {"2026-11-23T10:52:48.000001-05:30", 1'795'450'968'000'001},
      {"2026-11-23t16:22:48z", 1'795'450'968'000'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000'000},
  };
  for (const auto& c : cases) {
    const auto time = base::parse_time(c.text);
    ASSERT_TRUE(time) << c.text;
    EXPECT_EQ(time->time_since_epoch().count(), c.microseconds) << c.text;
  }
}

TEST(TimeText, RefusesEverythingElseAsMalformed) {
  for (const char* text :
       {"", "2026", "2026-11-23", "2026-11-23 16:22:48Z", "2026-11-23T16:22:48", "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T16:60:00Z", "2026-11-23T16:22:60Z",
        "2026-11-23T16:22:48.Z", "2026-11-23T16:22:48+1:00", "2026-11-23T16:22:48+24:00",
        "2026-11-23T16:22:48Zx", "+026-11-23T16:22:48Z", "2026-11-23T16:22Z", " 2026-11-23T16:22:48Z"}) {
    const auto time = base::parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_EQ(time.error().code, base::Code::kMalformed) << text;
  }
}

TEST(TimeText, ParsesGoDurations) {
  const struct {
    const char* text;
    long long ms;
  } cases[] = {
      {"0", 0},
      {"0s", 0},
      {"300ms", 300},
      {"1.5h", 5'400'000},
      {"2h45m", 9'900'000},
      {"1h30m10s", 5'410'000},
      {"1d", 86'400'000},
      {".5s", 500},
      {"1.s", 1000},
      {"+3s", 3000},
      {"999us", 0},
      {"1500us", 1},
      {"1500\u00b5s", 1},
      {"2000000ns", 2},
      {"0.1s", 100},
      {"1.0005s", 1000},
      {"36500d", 3'153'600'000'000},
      {"0.123456789123456789h", 444'444},
  };
  for (const auto& c : cases) {
    const auto duration = base::parse_duration(c.text);
    ASSERT_TRUE(duration) << c.text;
    EXPECT_EQ(duration->count(), c.ms) << c.text;
  }
}

TEST(TimeText, RefusesOtherDurationsAsInvalid) {
  for (const char* text : {"", "s", "1", "-1s", "1 s", "1sec", ".s", "1h-3m", "1e3s", "36501d",
                           "99999999999999999999s", "18446744073709551616ns", "1..5s", "5m ", "\xff"}) {
    const auto duration = base::parse_duration(text);
    ASSERT_FALSE(duration) << text;
    EXPECT_EQ(duration.error().code, base::Code::kInvalid) << text;
  }
}

TEST(TimeText, FormatsDurationsShortAndReadable) {
  const struct {
    long long ms;
    const char* text;
  } cases[] = {
      {0, "0s"},         {300, "300ms"},          {1500, "1.5s"},    {10'000, "10s"}, {5'400'000, "1h30m"},
      {3'600'000, "1h"}, {3'601'001, "1h1.001s"}, {90'000, "1m30s"}, {-1500, "-1.5s"}};
  for (const auto& c : cases) {
    EXPECT_EQ(base::format_duration(milliseconds(c.ms)), c.text);
    if (c.ms >= 0) {
      const auto back = base::parse_duration(c.text);
      ASSERT_TRUE(back) << c.text;
      EXPECT_EQ(back->count(), c.ms);
    }
  }
}

}  // namespace time_text_test
