#include "operator/bursts/twin_view.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/time_text.h"

namespace op {
namespace {

using nlohmann::json;

/// The provider's own word on why a twin does not get on.
std::string trouble_of(const RemotePod& twin) {
  if (const auto* scheduled = twin.condition("PodScheduled"); scheduled && scheduled->status == "False") {
    return scheduled->message;
  }
  if (!twin.reason.empty()) return twin.reason + ": " + twin.message;
  const json status = json::parse(twin.status_json, nullptr, false);
  if (!status.is_object()) return {};
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& c : status.value(list, json::array())) {
      const json waiting = c.value("state", json::object()).value("waiting", json::object());
      const std::string why = waiting.value("reason", "");
      if (!why.empty() && why != "ContainerCreating" && why != "PodInitializing") {
        return why + ": " + waiting.value("message", "");
      }
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

burst::TwinView view_of(const RemotePod& twin, const burst::Attempt& attempt) {
  burst::TwinView view;
  view.ours = std::ranges::any_of(twin.meta.owners, [&](const kube::OwnerReference& owner) {
    return owner.controller && owner.uid == attempt.anchor_uid;
  });
  view.node = twin.node_name;
  view.placed_at = placed_time(twin);
  view.phase = phase_of(twin.phase);
  view.deleting = twin.meta.deleting_since.has_value();
  if (view.deleting) view.grace_seconds = twin.meta.deletion_grace_seconds;
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
  const json status = json::parse(twin.status_json, nullptr, false);
  if (!status.is_object()) return times;
  auto take = [](const json& state, const char* field) -> std::optional<base::Time> {
    if (!state.contains(field) || !state[field].is_string()) return std::nullopt;
    auto time = base::parse_time(state[field].get<std::string>());
    return time ? std::optional(*time) : std::nullopt;
  };
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& c : status.value(list, json::array())) {
      const json state = c.value("state", json::object());
      for (const char* kind : {"running", "terminated"}) {
        if (!state.contains(kind)) continue;
        auto started = take(state[kind], "startedAt");
        if (started && (!times.started || *started < *times.started)) times.started = started;
        auto finished = take(state[kind], "finishedAt");
        if (finished && (!times.finished || *finished > *times.finished)) times.finished = finished;
      }
    }
  }
  return times;
}

}  // namespace op
