#include "kube/core/watch.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "kube/core/watch_event.h"

namespace kube::watch_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = WatchMachine::State;

base::Status status(base::Code code, std::optional<milliseconds> after = std::nullopt) {
  return {code, "x", after};
}

RC_GTEST_PROP(LineSplitter, CutsNeverChangeTheLines,
              (std::vector<std::string> lines, std::vector<std::uint8_t> cuts)) {
  std::string stream;
  for (auto& line : lines) {
    std::erase(line, '\n');
    stream += line + "\n";
  }
  LineSplitter splitter;
  std::vector<std::string> got;
  std::size_t cut = 0;
  while (!stream.empty()) {
    const std::size_t size =
        cuts.empty() ? stream.size() : std::min<std::size_t>(stream.size(), 1 + cuts[cut++ % cuts.size()]);
    RC_ASSERT(splitter.feed(std::string_view(stream).substr(0, size)));
    stream.erase(0, size);
    for (std::string_view line; splitter.next(line);) got.emplace_back(line);
  }
  RC_ASSERT(got == lines);
}

TEST(LineSplitter, KeepsAnUnfinishedLine) {
  LineSplitter splitter;
  std::string_view line;
  ASSERT_TRUE(splitter.feed("ab"));
  EXPECT_FALSE(splitter.next(line));
  ASSERT_TRUE(splitter.feed("c\n\nd"));
  ASSERT_TRUE(splitter.next(line));
  EXPECT_EQ(line, "abc");
  ASSERT_TRUE(splitter.next(line));
  EXPECT_EQ(line, "");
  EXPECT_FALSE(splitter.next(line));
}

TEST(LineSplitter, BoundsALine) {
  LineSplitter splitter(10);
  ASSERT_TRUE(splitter.feed("12345\n1234567890"));
  std::string_view line;
  ASSERT_TRUE(splitter.next(line));
  const auto fed = splitter.feed("1");
  ASSERT_FALSE(fed);
  EXPECT_TRUE(fed.error().is(base::Code::kMalformed));
}

TEST(WatchMachine, ListsThenWatches) {
  WatchMachine machine(1);
  EXPECT_EQ(machine.state(), State::kList);
  EXPECT_EQ(machine.list_version(), "0");
  machine.listed("10");
  EXPECT_EQ(machine.state(), State::kWatch);
  EXPECT_EQ(machine.version(), "10");
  EXPECT_EQ(machine.wait(), milliseconds(0));
  machine.progressed("12");
  machine.watch_ended(seconds(300), 1);
  EXPECT_EQ(machine.state(), State::kWatch);
  EXPECT_EQ(machine.version(), "12");
  EXPECT_EQ(machine.wait(), milliseconds(0));
}

TEST(WatchMachine, ExpiredWatchListsAtTheLastVersionThenConsistently) {
  WatchMachine machine(1);
  machine.listed("10");
  machine.progressed("12");
  machine.watch_failed(status(base::Code::kExpired));
  EXPECT_EQ(machine.state(), State::kList);
  EXPECT_EQ(machine.list_version(), "12");
  EXPECT_EQ(machine.wait(), milliseconds(0));
  machine.list_failed(status(base::Code::kExpired));
  EXPECT_EQ(machine.list_version(), "");
  EXPECT_EQ(machine.wait(), milliseconds(0));
  machine.list_failed(status(base::Code::kExpired));
  EXPECT_GT(machine.wait(), milliseconds(0));
  machine.listed("20");
  EXPECT_EQ(machine.version(), "20");
}

TEST(WatchMachine, AlwaysExpiredWatchesBackOff) {
  WatchMachine machine(1);
  machine.listed("10");
  machine.watch_failed(status(base::Code::kExpired));
  machine.listed("11");
  machine.watch_failed(status(base::Code::kExpired));
  EXPECT_GT(machine.wait(), milliseconds(0));
}

TEST(WatchMachine, ResumesTheSameWatchAfterTrouble) {
  for (const auto code : {base::Code::kUnavailable, base::Code::kDeadline, base::Code::kThrottled,
                          base::Code::kForbidden, base::Code::kUnauthenticated}) {
    WatchMachine machine(1);
    machine.listed("10");
    machine.watch_failed(status(code));
    EXPECT_EQ(machine.state(), State::kWatch);
    EXPECT_EQ(machine.version(), "10");
    EXPECT_GT(machine.wait(), milliseconds(0));
    machine.progressed("11");
    EXPECT_EQ(machine.wait(), milliseconds(0));
  }
}

TEST(WatchMachine, HonoursRetryAfterAndGrows) {
  WatchMachine machine(1);
  machine.list_failed(status(base::Code::kThrottled, seconds(7)));
  EXPECT_EQ(machine.wait(), seconds(7));
  EXPECT_EQ(machine.list_version(), "0");
  for (int i = 0; i < 20; ++i) machine.list_failed(status(base::Code::kUnavailable));
  EXPECT_GE(machine.wait(), seconds(15));
  EXPECT_LE(machine.wait(), seconds(30));
}

TEST(WatchMachine, ShortEmptyWatchIsAFailure) {
  WatchMachine machine(1);
  machine.listed("10");
  machine.watch_ended(milliseconds(10), 0);
  EXPECT_GT(machine.wait(), milliseconds(0));
  machine.watch_ended(milliseconds(10), 1);
  EXPECT_EQ(machine.wait(), milliseconds(0));
}

TEST(WatchMachine, TooLargeAListIsReadInPages) {
  WatchMachine machine(1);
  machine.list_failed(status(base::Code::kMalformed));
  EXPECT_EQ(machine.list_version(), "");
  EXPECT_GT(machine.wait(), milliseconds(0));
}

/// Text followed by the padding that LineSplitter guarantees.
struct Line {
  explicit Line(std::string text) : text_(std::move(text)) { text_.reserve(text_.size() + 64); }
  operator std::string_view() const { return text_; }  // NOLINT
  std::string text_;
};

TEST(WatchEventReader, TakesBothOrders) {
  WatchEventReader reader;
  for (
      const char* text :
      {R"({"type":"ADDED","object":{"kind":"Pod","metadata":{"name":"p","resourceVersion":"7"},"spec":{}}})",
       R"({"object":{"spec":{},"metadata":{"labels":{},"resourceVersion":"7","name":"p"}},"type":"ADDED"})"}) {
    const Line line(text);
    const auto event = reader.read(line);
    ASSERT_TRUE(event) << event.error().text();
    EXPECT_EQ(event->type, WatchEventType::kAdded);
    EXPECT_EQ(event->resource_version, "7");
    std::string name;
    ASSERT_TRUE(reader.visit_object([&](JsonObject& object) -> base::Outcome {
      return for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
        if (key != "metadata") return {};
        auto meta = read_meta(value, nullptr);
        if (meta) name = meta->name;
        return {};
      });
    }));
    EXPECT_EQ(name, "p");
  }
}

TEST(WatchEventReader, ReadsErrors) {
  WatchEventReader reader;
  struct Row {
    const char* text;
    base::Code code;
  };
  const Row rows[] = {
      {R"({"type":"ERROR","object":{"kind":"Status","code":410,"message":"too old","reason":"Expired"}})",
       base::Code::kExpired},
      {R"({"type":"ERROR","object":{"kind":"Status","message":"too old","reason":"Expired","code":410}})",
       base::Code::kExpired},
      {R"({"type":"ERROR","object":{"kind":"Status","code":429,"details":{"retryAfterSeconds":2}}})",
       base::Code::kThrottled},
      {R"({"type":"ERROR","object":{"kind":"Status","code":500}})", base::Code::kUnavailable},
      {R"({"type":"ERROR","object":{}})", base::Code::kUnavailable},
      {R"({"type":"ERROR","object":null})", base::Code::kUnavailable},
      {R"({"type":"ERROR"})", base::Code::kUnavailable}};
  for (const auto& row : rows) {
    const Line line(row.text);
    const auto event = reader.read(line);
    ASSERT_TRUE(event) << row.text;
    EXPECT_EQ(event->type, WatchEventType::kError);
    EXPECT_EQ(base::to_string(reader.read_error(line).code), base::to_string(row.code)) << row.text;
  }
}

TEST(WatchEventReader, RefusesGarbage) {
  WatchEventReader reader;
  for (const char* text :
       {"x", "[]", "{", "null", R"({"type":7})", R"({"type":"ADDED","object":[]})", "\xff\xff"}) {
    const Line line(text);
    const auto event = reader.read(line);
    ASSERT_FALSE(event) << text;
    EXPECT_TRUE(event.error().is(base::Code::kMalformed));
  }
  const Line unknown(R"({"type":"NEW","object":{}})");
  EXPECT_EQ(reader.read(unknown)->type, WatchEventType::kUnknown);
}

}  // namespace kube::watch_test
