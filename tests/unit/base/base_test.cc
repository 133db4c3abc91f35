#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <thread>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/log_scope.h"
#include "base/metrics.h"
#include "base/status.h"

namespace base_test {

using std::chrono::milliseconds;

TEST(Backoff, StaysBetweenHalfAndAllOfTheDoubledWait) {
  base::Backoff backoff(milliseconds(100), milliseconds(1000), 7);
  for (const long whole : {100, 200, 400, 800, 1000, 1000, 1000}) {
    const auto wait = backoff.next().count();
    EXPECT_GE(wait, whole / 2);
    EXPECT_LE(wait, whole);
  }
  EXPECT_EQ(backoff.attempts(), 7);
  backoff.reset();
  EXPECT_LE(backoff.next(), milliseconds(100));
}

TEST(Backoff, NeverOverflows) {
  base::Backoff backoff(milliseconds(1), milliseconds::max(), 1);
  for (int i = 0; i < 200; ++i) EXPECT_GE(backoff.next().count(), 0);
  base::Backoff none(milliseconds(0), milliseconds(0), 1);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(none.next().count(), 0);
}

TEST(Backoff, SeedMakesWaitsRepeatable) {
  base::Backoff a(milliseconds(1'000'000), milliseconds(2'000'000), 3);
  base::Backoff b(milliseconds(1'000'000), milliseconds(2'000'000), 3);
  std::set<long> seen;
  for (int i = 0; i < 10; ++i) {
    const auto wait = a.next();
    EXPECT_EQ(wait, b.next());
    seen.insert(wait.count());
  }
  EXPECT_GT(seen.size(), 5u);
}

TEST(Digest, IsBase32OfSha256) {
  // printf '' | sha256sum | xxd -r -p | base32 | tr A-Z a-z
  EXPECT_EQ(base::short_digest("", 52), "4oymiquy7qobjgx36tejs35zeqt24qpemsnzgtfeswmrw6csxbkq");
  EXPECT_EQ(base::short_digest("", 8), "4oymiquy");
  EXPECT_EQ(base::short_digest("", 100).size(), 52u);
  EXPECT_NE(base::short_digest("a", 10), base::short_digest("b", 10));
}

TEST(Status, TextAndContext) {
  const base::Status status = base::Status{base::Code::kNotFound, "no pod"}.with_context("get");
  EXPECT_EQ(status.text(), "NotFound: get: no pod");
  EXPECT_TRUE(status.is(base::Code::kNotFound));
  EXPECT_EQ(base::to_string(base::Code::kCancelled), "Cancelled");
}

TEST(Metrics, TextContainsWhatWasCounted) {
  auto& family = prometheus::BuildCounter().Name("net_test_total").Help("test").Register(base::metrics());
  family.Add({{"kind", "a"}}).Increment(3);
  EXPECT_NE(base::metrics_text().find("net_test_total{kind=\"a\"} 3"), std::string::npos);
}

TEST(Clock, NowIsInThisCentury) {
  EXPECT_GT(base::system_clock().now(), base::Time(std::chrono::hours(24 * 365 * 50)));
  const auto before = base::system_clock().steady_now();
  EXPECT_LE(before, base::system_clock().steady_now());
}

TEST(Log, EscapesWhatARemoteSays) {
  base::init_logging(base::LogLevel::kInfo, base::LogFormat::kJson);
  testing::internal::CaptureStderr();
  base::log_warning("Something failed", {{"what", "a\nb\"\xff"}, {"msg", "no forging"}});
  base::log_debug("not shown");
  const std::string json = testing::internal::GetCapturedStderr();
  EXPECT_NE(json.find(R"("level":"warning","msg":"Something failed","what":"a\nb\")"), std::string::npos)
      << json;
  EXPECT_EQ(json.find("no forging"), std::string::npos);
  EXPECT_EQ(json.find("not shown"), std::string::npos);
  base::init_logging(base::LogLevel::kDebug, base::LogFormat::kText);
  testing::internal::CaptureStderr();
  base::log_debug("Shown", {{"plain", "x-1"}, {"quoted", "two words\n"}});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_NE(text.find("debug Shown plain=x-1 quoted=\"two words\\n\"\n"), std::string::npos) << text;
}

/// What is logged meanwhile.
std::string logged(base::LogFormat format, const std::function<void()>& run) {
  base::init_logging(base::LogLevel::kInfo, format);
  testing::internal::CaptureStderr();
  run();
  return testing::internal::GetCapturedStderr();
}

TEST(LogScope, AddsItsFieldsWhileItLivesAndOnItsThreadOnly) {
  const auto lines = [] {
    {
      const base::LogScope outer([] { return std::vector<base::LogField>{{"id", "7"}, {"who", "outer"}}; });
      {
        const base::LogScope inner([] { return std::vector<base::LogField>{{"who", "in ner"}}; });
        base::log_info("within", {{"own", "1"}});
        base::log_info("its own", {{"who", "me"}});
      }
      base::log_info("after");
      std::jthread([] { base::log_info("elsewhere"); }).join();
    }
    base::log_info("outside");
  };
  const auto text = logged(base::LogFormat::kText, lines);
  const auto json = logged(base::LogFormat::kJson, lines);
  for (const char* part : {"within own=1 who=\"in ner\" id=7\n", "its own who=me id=7\n",
                           "after id=7 who=outer\n", "elsewhere\n", "outside\n"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << " in " << text;
  }
  for (const char* part :
       {R"("msg":"within","own":"1","who":"in ner","id":"7"})", R"("msg":"its own","who":"me","id":"7"})",
        R"("msg":"after","id":"7","who":"outer"})", R"("msg":"elsewhere"})", R"("msg":"outside"})"}) {
    EXPECT_NE(json.find(part), std::string::npos) << part << " in " << json;
  }
}

TEST(LogScope, MakesNoTextForALineThatIsNotWritten) {
  int calls = 0;
  logged(base::LogFormat::kText, [&calls] {
    const base::LogScope scope([&calls] {
      ++calls;
      return std::vector<base::LogField>{};
    });
    base::log_debug("not written");
    EXPECT_EQ(calls, 0);
    base::log_info("written");
  });
  EXPECT_EQ(calls, 1);
}

}  // namespace base_test
