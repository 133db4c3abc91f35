#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "burst/decide.h"

/// How decide() and its parts write down their decisions. For these files only.
namespace burst::decisions {

/// A read from the provider is on its way.
inline constexpr std::chrono::milliseconds kSoon{200};
inline constexpr std::chrono::milliseconds kPartitionPoll{5'000};

inline Decision wait(std::optional<std::chrono::milliseconds> again = std::nullopt,
                     std::string message = {}) {
  return {.act = Act::kWait, .blame = Blame::kNobody, .message = std::move(message), .again_after = again};
}
inline Decision act(Act what) { return {.act = what, .blame = Blame::kNobody}; }
inline Decision release(Blame blame, std::string_view reason, std::string message) {
  return {.act = Act::kRelease, .blame = blame, .reason = std::string(reason), .message = std::move(message)};
}
inline Decision fail_pod(Blame blame, std::string_view reason, std::string message) {
  return {.act = Act::kFailPod, .blame = blame, .reason = std::string(reason), .message = std::move(message)};
}
inline Decision end(EndReason why, std::string message = {}) {
  return {.act = Act::kEnd, .blame = Blame::kNobody, .message = std::move(message), .end = why};
}
inline Decision stop_twin(std::optional<std::int64_t> grace = std::nullopt) {
  return {.act = Act::kStopTwin, .blame = Blame::kNobody, .grace = grace};
}

}  // namespace burst::decisions
