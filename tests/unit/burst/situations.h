#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>

#include "burst/decide.h"

/// The starting points of decisions; each test changes the fields it is about.
namespace burst {

using namespace std::chrono_literals;

inline constexpr base::Time kNow{std::chrono::hours(500'000)};
inline const std::string kNode = "neoburst-eu";

/// A burst whose first attempt has its twin placed, not bound yet.
inline Situation placed() {
  Situation s;
  s.now = kNow;
  s.pod = PodView{};
  s.burst.requested = kNow - 5s;
  s.burst.obtaining_at = kNow - 2s;
  s.burst.attempt.number = 1;
  s.burst.attempt.node = kNode;
  s.burst.attempt.provider = "eu";
  s.burst.attempt.anchor_uid = "a";
  s.claim_usable = true;
  s.remote.link = Link::kConnected;
  s.remote.anchor = true;
  s.remote.twin = TwinView{};
  s.remote.twin->node = "real-0";
  s.remote.twin->placed_at = kNow - 1s;
  return s;
}

/// Bound and committed: the twin may start.
inline Situation committed() {
  Situation s = placed();
  s.pod->node = kNode;
  s.pod->reserved = Reservation{kNode, 1};
  return s;
}

inline Situation running() {
  Situation s = committed();
  s.remote.go_created = kNow - 1s;
  s.remote.twin->phase = Phase::kRunning;
  return s;
}

inline Situation deleted() {
  Situation s = running();
  s.pod->phase = Phase::kRunning;
  s.pod->deleting = true;
  s.pod->grace_seconds = 30;
  s.pod->delete_by = kNow + 20s;
  return s;
}

/// Stopped, and all containers ended with 0, `after` that was asked for.
inline void stopped_and_succeeded(TwinView& twin, std::chrono::seconds after) {
  twin.phase = Phase::kSucceeded;
  twin.deleting = true;
  twin.stop_asked = kNow - 60s;
  twin.finished_at = *twin.stop_asked + after;
}

/// The twin is gone for certain; its last seen state is remembered.
inline void twin_goes(Situation& s) {
  s.remote.last = s.remote.twin;
  s.remote.twin.reset();
  s.remote.twin_absent = true;
}

struct Case {
  std::function<void(Situation&)> change;
  Act want;
  std::string want_reason = {};
};

inline void check(const Situation& start, const std::map<std::string, Case>& cases) {
  for (const auto& [name, c] : cases) {
    Situation s = start;
    c.change(s);
    const Decision got = decide(s);
    EXPECT_EQ(to_string(got.act), to_string(c.want)) << name << ": " << got.message;
    if (!c.want_reason.empty()) {
      EXPECT_EQ(got.reason, c.want_reason) << name;
    }
  }
}

}  // namespace burst
