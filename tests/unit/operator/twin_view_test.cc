#include "operator/bursts/twin_view.h"

#include <gtest/gtest.h>

#include "base/time_text.h"
#include "operator/bursts/first_seen.h"

namespace op::twin_view_test {

using namespace std::chrono_literals;

base::Time at(const char* text) { return *base::parse_time(text); }

RemotePod twin(const std::string& status) {
  RemotePod pod;
  pod.node_name = "real-0";
  pod.status_json = status;
  return pod;
}

bool started(const std::string& status) { return twin_view_of(twin(status), {}).started; }

TEST(TwinView, HasStartedWhenAContainerOfItRan) {
  EXPECT_FALSE(started(""));
  EXPECT_FALSE(started(R"({"phase": "Pending"})"));
  EXPECT_FALSE(started(R"({"containerStatuses": [{"name": "main", "restartCount": 0, "state":
    {"waiting": {"reason": "ImagePullBackOff"}}, "lastState": {}}]})"));
  EXPECT_TRUE(started(R"({"initContainerStatuses": [{"name": "storage-initializer", "state":
    {"running": {"startedAt": "2026-01-01T00:00:00Z"}}}],
    "containerStatuses": [{"name": "main", "state": {"waiting": {"reason": "PodInitializing"}}}]})"))
      << "an init container works";
  EXPECT_TRUE(started(R"({"containerStatuses": [{"name": "main", "state": {"running": {}}},
    {"name": "sidecar", "state": {"waiting": {"reason": "ImagePullBackOff"}}}]})"))
      << "one of two";
  EXPECT_TRUE(started(R"({"containerStatuses": [{"name": "main", "state":
    {"waiting": {"reason": "ContainerCreating"}}, "lastState": {"terminated": {"exitCode": 255}}}]})"))
      << "its node was booted again";
  EXPECT_TRUE(started(R"({"containerStatuses": [{"name": "main", "restartCount": 1, "state": {}}]})"));
}

TEST(TwinView, TakesNoShapeForGranted) {
  for (const char* odd :
       {"", "{", "[]", "3", R"({"containerStatuses": "x"})", R"({"containerStatuses": {"a": 1}})",
        R"({"containerStatuses": [1, null, [], "x"], "initContainerStatuses": null})",
        R"({"containerStatuses": [{"state": 1, "lastState": "x", "restartCount": "many"}]})",
        R"({"containerStatuses": [{"state": {"waiting": 1}}]})",
        R"({"containerStatuses": [{"state": {"waiting": {"reason": 1, "message": {}}}}]})",
        R"({"containerStatuses": [{"state": {"terminated": {"startedAt": 5, "finishedAt": "soon"}}}]})",
        R"({"containerStatuses": [{"state": {"running": []}}]})"}) {
    const RemotePod pod = twin(odd);
    EXPECT_EQ(twin_view_of(pod, {}).trouble, "") << odd;
    EXPECT_FALSE(twin_times(pod).started) << odd;
    EXPECT_FALSE(twin_times(pod).finished) << odd;
  }
  EXPECT_EQ(twin_view_of(twin(R"({"containerStatuses": [3, {"state": {"waiting":
              {"reason": "ErrImagePull", "message": "no"}}}]})"),
                         {})
                .trouble,
            "ErrImagePull: no");
}

TEST(TwinView, SaysWhenItsDeletionWasAskedFor) {
  RemotePod pod = twin(R"({"containerStatuses": [{"state": {"terminated":
    {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:01:00Z"}}}]})");
  EXPECT_FALSE(twin_view_of(pod, {}).stop_asked);
  pod.meta.deleting_since = at("2026-01-01T00:01:30Z");  // when its grace ends
  pod.meta.deletion_grace_seconds = 30;
  EXPECT_EQ(twin_view_of(pod, {}).stop_asked, at("2026-01-01T00:01:00Z"));
  EXPECT_EQ(twin_view_of(pod, {}).finished_at, at("2026-01-01T00:01:00Z"));
}

TEST(ByOurClock, RestsOnSpansWhateverTheProvidersClockSays) {
  const base::Time asked = at("2026-01-01T00:00:00Z");
  for (const auto skew : {-60s, 0s, 60s}) {
    const base::Time theirs = asked + skew;  // when we asked
    EXPECT_EQ(by_our_clock(theirs + 300s, {theirs, asked}, asked + 301s), asked + 300s) << skew.count();
    EXPECT_EQ(by_our_clock(theirs, {theirs + 1s, asked}, asked + 1s), asked) << "their own machines differ";
    EXPECT_EQ(by_our_clock(theirs + 90s, {theirs, asked}, asked + 31s), asked + 31s) << "never to come";
  }
}

TEST(FirstSeen, RemembersTheFirstTime) {
  FirstSeen seen;
  const base::Time now = at("2026-01-01T00:00:00Z");
  EXPECT_EQ(seen.note("a", now), now);
  EXPECT_EQ(seen.note("a", now + 5s), now);
  EXPECT_EQ(seen.note("b", now + 5s), now + 5s);
  for (int i = 0; i < 10'000; ++i) seen.note(std::to_string(i), now);
  EXPECT_EQ(seen.note("a", now + 9s), now + 9s) << "bounded";
}

}  // namespace op::twin_view_test
