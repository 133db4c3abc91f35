#include "burst/wind_down.h"

#include <gtest/gtest.h>

#include "tests/unit/burst/situations.h"

namespace burst::wind_down_test {

TEST(WindDown, Ended) {
  Situation s = running();
  s.burst.ended_at = kNow;
  check(s,
        {
            {"cleans up", {[](Situation& x) { x.pod->phase = Phase::kSucceeded; }, Act::kCleanUp}},
            {"rests when all is gone",
             {[](Situation& x) {
                x.pod->phase = Phase::kSucceeded;
                x.remote.twin.reset();
                x.remote.anchor = false;
                x.remote.go_created.reset();
              },
              Act::kWait}},
            // A kubelet removes no pod that shows no end. Otherwise a Job would wait for that end for ever.
            {"a pod that is deleted gets an end first",
             {[](Situation& x) { x.pod->deleting = true; }, Act::kFailPod, "BurstPodDeleted"}},
            {"one that never ran, too",
             {[](Situation& x) {
                x.pod->deleting = true;
                x.pod->reserved.reset();
                x.burst.attempt = {};
                x.remote = {};
              },
              Act::kFailPod, "BurstPodDeleted"}},
            {"a pod that lives is lost", {[](Situation&) {}, Act::kFailPod, "BurstTwinLost"}},
            {"one that waits at home is left to its finalizers",
             {[](Situation& x) {
                x.pod->deleting = true;
                x.pod->node.clear();
                x.remote = {};
              },
              Act::kWait}},
            {"finishes the deletion of a pod whose end is told",
             {[](Situation& x) {
                x.pod->deleting = true;
                x.pod->phase = Phase::kFailed;
              },
              Act::kRemovePod}},
            {"never touches a foreign object",
             {[](Situation& x) {
                x.pod.reset();
                x.remote.twin->ours = false;
                x.remote.anchor = false;
                x.remote.go_created.reset();
              },
              Act::kWait}},
        });
}

TEST(WindDown, Deleted) {
  auto stopping = [](Situation& x) {
    x.remote.twin->deleting = true;
    x.remote.twin->grace_seconds = 20;
  };
  auto gone = [](Situation& x, Phase last) {
    x.remote.last = x.remote.twin;
    x.remote.last->phase = last;
    x.remote.twin.reset();
    x.remote.twin_absent = true;
  };
  check(deleted(), {
                       {"its twin is stopped", {[](Situation&) {}, Act::kStopTwin}},
                       {"its status goes on until it has ended", {stopping, Act::kMirror}},
                       {"a twin that ended by itself is told of first",
                        {[](Situation& x) { x.remote.twin->phase = Phase::kSucceeded; }, Act::kMirror}},
                       {"what was told is not told again",
                        {[&](Situation& x) {
                           stopping(x);
                           x.pod->phase = Phase::kFailed;
                         },
                         Act::kWait}},
                       {"the last status is told before the pod goes",
                        {[&](Situation& x) { gone(x, Phase::kFailed); }, Act::kMirror}},
                       {"then it ends",
                        {[&](Situation& x) {
                           gone(x, Phase::kFailed);
                           x.pod->phase = Phase::kFailed;
                         },
                         Act::kEnd}},
                       {"an end that cannot be read does not hold the deletion up",
                        {[](Situation& x) {
                           x.remote.twin->phase = Phase::kFailed;
                           x.remote.twin->unreadable = true;
                         },
                         Act::kStopTwin}},
                       {"nor does one that was seen last",
                        {[&](Situation& x) {
                           gone(x, Phase::kFailed);
                           x.remote.last->unreadable = true;
                         },
                         Act::kEnd}},
                       {"a twin last seen running has no last status",
                        {[&](Situation& x) { gone(x, Phase::kRunning); }, Act::kEnd}},
                       {"a foreign pod's status is not told",
                        {[&](Situation& x) {
                           gone(x, Phase::kFailed);
                           x.remote.last->ours = false;
                         },
                         Act::kEnd}},
                       {"what was given up before and ends well because it is stopped is not told",
                        {[](Situation& x) {
                           x.burst.end_reason = EndReason::kBudgetEnded;
                           stopped_and_succeeded(*x.remote.twin, 1s);
                         },
                         Act::kWait}},
                       {"nor when it is gone",
                        {[](Situation& x) {
                           x.burst.end_reason = EndReason::kBudgetEnded;
                           stopped_and_succeeded(*x.remote.twin, 1s);
                           twin_goes(x);
                         },
                         Act::kEnd}},
                       {"one that nobody gave up has succeeded, as at home",
                        {[](Situation& x) { stopped_and_succeeded(*x.remote.twin, 1s); }, Act::kMirror}},
                       {"a partition is waited out",
                        {[](Situation& x) { x.remote.link = Link::kUnreachable; }, Act::kWait}},
                       {"a twin that was never this pod's tells nothing",
                        {[&](Situation& x) {
                           gone(x, Phase::kFailed);
                           x.pod->reserved.reset();
                         },
                         Act::kEnd}},
                   });
}

TEST(WindDown, GraceOfADeletion) {
  struct GraceCase {
    std::function<void(Situation&)> change;
    Act want;
    std::optional<std::int64_t> grace;
  };
  const std::map<std::string, GraceCase> cases = {
      {"what is left of it", {[](Situation&) {}, Act::kStopTwin, 20}},
      {"never more than it was set to",
       {[](Situation& x) { x.pod->delete_by = kNow + 90s; }, Act::kStopTwin, 30}},
      {"at least a second", {[](Situation& x) { x.pod->delete_by = kNow - 90s; }, Act::kStopTwin, 1}},
      {"a shorter deletion is passed on",
       {[](Situation& x) {
          x.remote.twin->deleting = true;
          x.remote.twin->grace_seconds = 20;
          x.pod->grace_seconds = 5;
        },
        Act::kStopTwin, 5}},
      {"once",
       {[](Situation& x) {
          x.remote.twin->deleting = true;
          x.remote.twin->grace_seconds = 5;
          x.pod->grace_seconds = 5;
        },
        Act::kMirror, std::nullopt}},
      {"by force", {[](Situation& x) { x.pod.reset(); }, Act::kStopTwin, 2}},
      {"by force while it was stopping",
       {[](Situation& x) {
          x.pod.reset();
          x.remote.twin->deleting = true;
          x.remote.twin->grace_seconds = 20;
        },
        Act::kStopTwin, 2}},
      {"by force, passed on",
       {[](Situation& x) {
          x.pod.reset();
          x.remote.twin->deleting = true;
          x.remote.twin->grace_seconds = 2;
        },
        Act::kWait, std::nullopt}},
  };
  for (const auto& [name, c] : cases) {
    Situation s = deleted();
    c.change(s);
    const Decision got = decide(s);
    EXPECT_EQ(to_string(got.act), to_string(c.want)) << name;
    EXPECT_EQ(got.grace, c.grace) << name;
  }
}

TEST(WindDown, HowTheBurstOfADeletedPodEnded) {
  const std::pair<std::function<void(Situation&)>, EndReason> cases[] = {
      {[](Situation&) {}, EndReason::kPodDeleted},
      {[](Situation& x) { x.pod->phase = Phase::kFailed; }, EndReason::kPodDeleted},
      {[](Situation& x) { x.pod->phase = Phase::kSucceeded; }, EndReason::kCompleted},
      {[](Situation& x) {
         x.pod->phase = Phase::kFailed;
         x.pod->reason = kReasonBudgetEnded;
       },
       EndReason::kBudgetEnded},
  };
  for (const auto& [change, want] : cases) {
    Situation s = deleted();
    s.remote.twin.reset();
    s.remote.twin_absent = true;
    change(s);
    EXPECT_EQ(to_string(decide(s).end), to_string(want));
  }
}

}  // namespace burst::wind_down_test
