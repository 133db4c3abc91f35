#include "operator/bursts/twin_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/time_text.h"
#include "kube/core/json_text.h"

namespace op {
namespace {

using nlohmann::json;

/// Null where there is none, or `from` is no object.
const json* member(const json& from, const char* key) {
  const auto found = from.find(key);
  return found == from.end() ? nullptr : &*found;
}

/// The statuses of init and app containers.
std::vector<json> container_statuses(const RemotePod& twin) {
  std::vector<json> out;
  const json status = json::parse(twin.status_json, nullptr, false);
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    const json* found = member(status, list);
    if (found != nullptr && found->is_array()) out.insert(out.end(), found->begin(), found->end());
  }
  return out;
}

/// True for a container that runs or ran, now or before it was restarted.
bool has_run(const json& container) {
  for (const char* which : {"state", "lastState"}) {
    const json* state = member(container, which);
    if (state != nullptr && (state->contains("running") || state->contains("terminated"))) return true;
  }
  const json* restarts = member(container, "restartCount");
  return restarts != nullptr && restarts->is_number_integer() && *restarts > 0;
}

/// The provider's own words on why a twin is stuck.
std::string trouble_of(const RemotePod& twin) {
  if (const auto* scheduled = twin.condition("PodScheduled"); scheduled && scheduled->status == "False") {
    return scheduled->message;
  }
  if (!twin.reason.empty()) return twin.reason + ": " + twin.message;
  for (const json& container : container_statuses(twin)) {
    const json* state = member(container, "state");
    const json* waiting = state == nullptr ? nullptr : member(*state, "waiting");
    const std::string why = waiting == nullptr ? std::string() : kube::text_at(*waiting, "reason");
    if (!why.empty() && why != "ContainerCreating" && why != "PodInitializing") {
      return why + ": " + kube::text_at(*waiting, "message");
    }
  }
  return {};
}

}  // namespace

burst::Phase phase_of(kube::PodPhase phase) {
  switch (phase) {
    case kube::PodPhase::kRunning:
      return burst::Phase::kRunning;
    case kube::PodPhase::kSucceeded:
      return burst::Phase::kSucceeded;
    case kube::PodPhase::kFailed:
      return burst::Phase::kFailed;
    case kube::PodPhase::kPending:
    case kube::PodPhase::kUnknown:
      break;
  }
  return burst::Phase::kPending;
}

burst::TwinView twin_view_of(const RemotePod& twin, const burst::Attempt& attempt) {
  burst::TwinView view;
  view.ours = std::ranges::any_of(twin.meta.owners, [&](const kube::OwnerReference& owner) {
    return owner.controller && owner.uid == attempt.anchor_uid;
  });
  view.node = twin.node_name;
  view.placed_at = placed_time(twin);
  view.phase = phase_of(twin.phase);
  view.deleting = twin.meta.deleting_since.has_value();
  if (view.deleting) {
    view.grace_seconds = twin.meta.deletion_grace_seconds;
    // deletionTimestamp is when the grace ends; a later, shorter deletion moves both.
    view.stop_asked = *twin.meta.deleting_since - std::chrono::seconds(view.grace_seconds.value_or(0));
  }
  view.started = std::ranges::any_of(container_statuses(twin), has_run);
  view.finished_at = twin_times(twin).finished;
  const auto* scheduled = twin.condition("PodScheduled");
  view.unschedulable = scheduled && scheduled->status == "False" && scheduled->reason == "Unschedulable";
  if (view.phase == burst::Phase::kPending) view.trouble = trouble_of(twin);
  if (view.phase == burst::Phase::kFailed) view.trouble = twin.reason + " " + twin.message;
  return view;
}

std::optional<base::Time> placed_time(const kube::PodRecord& twin) {
  const auto* scheduled = twin.condition("PodScheduled");
  if (twin.node_name.empty() || !scheduled) return std::nullopt;
  return scheduled->changed;
}

TwinTimes twin_times(const RemotePod& twin) {
  TwinTimes times;
  const auto time_of = [](const json& state, const char* field) -> std::optional<base::Time> {
    const auto time = base::parse_time(kube::text_at(state, field));
    return time ? std::optional(*time) : std::nullopt;
  };
  for (const json& container : container_statuses(twin)) {
    const json* state = member(container, "state");
    if (state == nullptr) continue;
    for (const char* kind : {"running", "terminated"}) {
      const json* now = member(*state, kind);
      if (now == nullptr) continue;
      const auto started = time_of(*now, "startedAt");
      if (started && (!times.started || *started < *times.started)) times.started = started;
      const auto finished = time_of(*now, "finishedAt");
      if (finished && (!times.finished || *finished > *times.finished)) times.finished = finished;
    }
  }
  return times;
}

base::Time by_our_clock(base::Time theirs, const ClockPair& before, base::Time seen) {
  // The machines of one provider may differ, too.
  return std::min(before.ours + std::max(theirs - before.theirs, base::Time::duration::zero()), seen);
}

}  // namespace op
