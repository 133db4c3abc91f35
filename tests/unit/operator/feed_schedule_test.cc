#include "operator/feeds/feed_schedule.h"

#include <gtest/gtest.h>

#include "api/write.h"
#include "operator/feeds/feed_status.h"
#include "operator/providers/provider_status.h"

namespace op::feed_schedule_test {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const base::Time kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(12);
constexpr base::SteadyTime kStart{};

api::FeedSpec spec() {
  api::FeedSpec out;
  out.type = api::FeedType::kLambda;
  out.interval = minutes(15);
  out.max_age = hours(2);
  return out;
}

market::FeedSnapshot snapshot() {
  market::FeedSnapshot out;
  out.as_of = kNow;
  out.entries.resize(2);
  out.entries[0].instance = "gpu_1x";
  out.entries[0].available_in = {"us-west-3", "us-east-1"};
  out.unknown = 1;
  out.unreadable = 2;
  return out;
}

const Trouble kTrouble{"FeedFailed", "the price feed failed: it was cut"};

TEST(FeedSchedule, IsDueAtOnceAndThenAtItsInterval) {
  FeedSchedule schedule(spec(), seconds(15), kStart);
  EXPECT_TRUE(schedule.due(kStart));
  schedule.succeeded(snapshot(), kStart);
  EXPECT_FALSE(schedule.due(kStart + minutes(15) - milliseconds(1)));
  EXPECT_TRUE(schedule.due(kStart + minutes(15)));
  EXPECT_EQ(schedule.next_event(kStart), kStart + minutes(15));
}

TEST(FeedSchedule, FailuresWaitLongerAndLongerButNoLongerThanTheInterval) {
  FeedSchedule schedule(spec(), seconds(15), kStart);
  auto now = kStart;
  milliseconds longest{0};
  for (int i = 0; i < 20; ++i) {
    schedule.failed(kTrouble, std::nullopt, now);
    const auto wait = std::chrono::duration_cast<milliseconds>(schedule.next_event(now) - now);
    EXPECT_GE(wait, milliseconds(7'500)) << i;
    EXPECT_LE(wait, minutes(15)) << i;
    longest = std::max(longest, wait);
    now = schedule.next_event(now);
    EXPECT_TRUE(schedule.due(now));
  }
  EXPECT_GE(longest, minutes(15) / 2);
  schedule.succeeded(snapshot(), now);
  schedule.failed(kTrouble, std::nullopt, now);
  EXPECT_TRUE(schedule.due(now + seconds(15))) << "a success starts the waits anew";
}

TEST(FeedSchedule, RetryAfterIsALeastWait) {
  FeedSchedule schedule(spec(), seconds(15), kStart);
  schedule.failed(kTrouble, minutes(30), kStart);
  EXPECT_FALSE(schedule.due(kStart + minutes(30) - milliseconds(1)));
  EXPECT_TRUE(schedule.due(kStart + minutes(30)));
}

TEST(FeedSchedule, AFailureKeepsWhatIsKnownUntilLongAfterItIsStale) {
  FeedSchedule schedule(spec(), seconds(15), kStart);
  EXPECT_EQ(schedule.state(kStart), FeedState{});
  schedule.succeeded(snapshot(), kStart);
  const auto known = schedule.state(kStart).snapshot;
  ASSERT_TRUE(known);
  for (auto now = kStart; now < kStart + hours(48); now += hours(1)) {
    schedule.failed(kTrouble, std::nullopt, now);
    const auto state = schedule.state(now);
    EXPECT_EQ(state.snapshot, known);
    EXPECT_EQ(state.stale, now > kStart + hours(2));
    EXPECT_EQ(state.trouble, kTrouble);
  }
  schedule.succeeded(snapshot(), kStart + hours(48));
  EXPECT_FALSE(schedule.state(kStart + hours(48)).stale);
  EXPECT_FALSE(schedule.state(kStart + hours(48)).trouble);
}

TEST(FeedSchedule, GrowingStaleIsAnEventOfItsOwn) {
  FeedSchedule schedule(spec(), seconds(15), kStart);
  schedule.succeeded(snapshot(), kStart);
  schedule.failed(kTrouble, hours(1), kStart + minutes(90));
  const auto event = schedule.next_event(kStart + minutes(90));
  EXPECT_LT(event, kStart + minutes(150)) << "before the next poll";
  EXPECT_FALSE(schedule.state(event - milliseconds(1)).stale);
  EXPECT_TRUE(schedule.state(event).stale);
  EXPECT_EQ(schedule.next_event(event), kStart + minutes(150));
}

TEST(FeedSchedule, AChangedSpecKeepsPricesOfTheSameApiAndCurrency) {
  FeedSchedule before(spec(), seconds(15), kStart);
  before.succeeded(snapshot(), kStart);
  auto moved = spec();
  moved.url = "https://other.example";
  FeedSchedule after(moved, seconds(15), kStart);
  after.inherit(before);
  EXPECT_EQ(after.state(kStart).snapshot, before.state(kStart).snapshot);
  EXPECT_TRUE(after.due(kStart));
  auto other = spec();
  other.currency = "EUR";
  FeedSchedule fresh(other, seconds(15), kStart);
  fresh.inherit(before);
  EXPECT_FALSE(fresh.state(kStart).snapshot);
}

api::ProviderRecord fed_provider() {
  api::ProviderRecord provider;
  provider.meta.generation = 3;
  provider.feed = spec();
  return provider;
}

const api::Condition* feed_condition(const std::vector<api::Condition>& conditions) {
  const auto found = std::ranges::find(conditions, "FeedHealthy", &api::Condition::type);
  return found == conditions.end() ? nullptr : &*found;
}

TEST(FeedStatus, TheConditionSaysWhatIsWrongAndWhatItMeans) {
  auto provider = fed_provider();
  FeedState state{std::make_shared<const market::FeedSnapshot>(snapshot()), false, {}};
  std::vector<api::Condition> conditions;
  set_feed_condition(provider, std::nullopt, conditions, kNow);
  EXPECT_TRUE(conditions.empty()) << "not asked yet";
  set_feed_condition(provider, state, conditions, kNow);
  ASSERT_TRUE(feed_condition(conditions));
  EXPECT_EQ(feed_condition(conditions)->status, "True");
  EXPECT_EQ(feed_condition(conditions)->observed_generation, 3);
  state.trouble = kTrouble;
  state.stale = true;
  set_feed_condition(provider, state, conditions, kNow);
  EXPECT_EQ(feed_condition(conditions)->status, "False");
  EXPECT_EQ(feed_condition(conditions)->reason, "FeedFailed");
  EXPECT_EQ(feed_condition(conditions)->message,
            kTrouble.message + "; the prices of 2026-11-23T12:00:00Z stay, marked as stale");
  provider.feed.reset();
  set_feed_condition(provider, std::nullopt, conditions, kNow);
  EXPECT_TRUE(conditions.empty());
}

TEST(FeedStatus, AFailingFeedDoesNotMakeTheProviderUnready) {
  auto provider = fed_provider();
  ProbeResult probe;
  probe.permissions = Permissions{};
  probe.permissions->read_nodes = true;
  probe.feed = FeedState{nullptr, false, kTrouble};
  const auto conditions = provider_conditions(provider, probe, {}, kNow);
  EXPECT_EQ(feed_condition(conditions)->status, "False");
  const auto ready = std::ranges::find(conditions, "Ready", &api::Condition::type);
  ASSERT_NE(ready, conditions.end());
  EXPECT_EQ(ready->status, "True");
}

TEST(FeedStatus, TheStatusShowsTheLastAnswerAndGoesWithTheFeed) {
  auto provider = fed_provider();
  nlohmann::json status = nlohmann::json::object();
  set_feed_status(provider, std::nullopt, status);
  EXPECT_TRUE(status.empty());
  set_feed_status(
      provider, FeedState{std::make_shared<const market::FeedSnapshot>(snapshot()), false, kTrouble}, status);
  EXPECT_EQ(status["feed"],
            nlohmann::json::parse(R"({"asOf": "2026-11-23T12:00:00Z", "prices": 2, "skipped": 3,
      "available": ["gpu_1x in us-west-3", "gpu_1x in us-east-1"]})"));
  provider.feed.reset();
  set_feed_status(provider, std::nullopt, status);
  EXPECT_TRUE(status.at("feed").is_null()) << "a merge patch removes it so";
}

TEST(FeedTable, TellsChangesFromRepetitions) {
  FeedTable table;
  EXPECT_FALSE(table.find("a"));
  EXPECT_TRUE(table.put("a", {nullptr, false, kTrouble}));
  EXPECT_FALSE(table.put("a", {nullptr, false, kTrouble}));
  EXPECT_TRUE(table.put("a", {nullptr, true, kTrouble}));
  EXPECT_TRUE(table.find("a")->stale);
  EXPECT_TRUE(table.remove("a"));
  EXPECT_FALSE(table.remove("a"));
}

}  // namespace op::feed_schedule_test
