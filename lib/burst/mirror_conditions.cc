#include "burst/mirror_conditions.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "base/time_text.h"

namespace burst {
namespace {

using nlohmann::json;

/// A kubelet's conditions without PodScheduled, which home's own scheduler reports.
constexpr std::array<std::string_view, 7> kKubeletConditions = {"Initialized",
                                                                "Ready",
                                                                "ContainersReady",
                                                                "PodReadyToStartContainers",
                                                                "PodResizePending",
                                                                "PodResizeInProgress",
                                                                "AllContainersRestarting"};

bool is_kubelet_condition(std::string_view type) {
  return std::ranges::find(kKubeletConditions, type) != kKubeletConditions.end();
}

const HomeCondition* find(std::span<const HomeCondition> home, std::string_view type) {
  const auto found = std::ranges::find(home, type, &HomeCondition::type);
  return found == home.end() ? nullptr : &*found;
}

json condition_json(const HomeCondition& c) {
  json out = {{"type", c.type}, {"status", c.status}};
  if (!c.reason.empty()) out["reason"] = c.reason;
  if (!c.message.empty()) out["message"] = c.message;
  if (c.changed) out["lastTransitionTime"] = base::format_time(*c.changed);
  if (c.observed_generation > 0) out["observedGeneration"] = c.observed_generation;
  return out;
}

/// The same without observedGeneration, which is the twin's.
json twin_condition(const json& from, TextBudget& budget) {
  json out = {{"type", from.at("type")}};
  budget.copy(from, out, "status", TextBudget::kMostReason);
  budget.copy_reason_and_message(from, out);
  for (const char* time : {"lastProbeTime", "lastTransitionTime"}) copy_time(from, out, time);
  return out;
}

/// Why the gates are not open, in a kubelet's words; "" when they are.
std::string closed_gates(const MirrorInput& input) {
  std::string why;
  for (const std::string& gate : input.readiness_gates) {
    const HomeCondition* c = find(input.home_conditions, gate);
    if (c != nullptr && c->status == "True") continue;
    if (!why.empty()) why += ", ";
    why += c == nullptr
               ? "corresponding condition of pod readiness gate \"" + gate + "\" does not exist."
               : "the status of pod readiness gate \"" + gate + "\" is not \"True\", but " + c->status;
  }
  return why;
}

/// Ready of a pod with gates: home decides when it changed, because home opens the gates.
void gate(json& ready, const MirrorInput& input) {
  if (input.readiness_gates.empty() || ready.value("status", "") != "True") return;
  if (const std::string why = closed_gates(input); !why.empty()) {
    ready["status"] = "False";
    ready["reason"] = "ReadinessGatesNotReady";
    ready["message"] = why;
  }
  const HomeCondition* before = find(input.home_conditions, "Ready");
  const bool same = before != nullptr && before->status == ready["status"] && before->changed;
  ready["lastTransitionTime"] = base::format_time(same ? *before->changed : input.now);
}

bool has_condition(const json& status, std::string_view type) {
  const json conditions = status.value("conditions", json::array());
  return std::ranges::any_of(conditions, [&](const json& c) { return c.value("type", "") == type; });
}

}  // namespace

json kept_conditions(std::span<const HomeCondition> home) {
  json out = json::array();
  for (const HomeCondition& c : home) {
    if (!is_kubelet_condition(c.type)) out.push_back(condition_json(c));
  }
  return out;
}

std::map<std::string, std::string> kubelet_conditions(const json& status) {
  std::map<std::string, std::string> out;
  for (const json& c : status.value("conditions", json::array())) {
    const std::string type = c.value("type", "");
    if (is_kubelet_condition(type)) out.emplace(type, c.value("status", ""));
  }
  return out;
}

std::map<std::string, std::string> kubelet_conditions(std::span<const HomeCondition> home) {
  std::map<std::string, std::string> out;
  for (const HomeCondition& c : home) {
    if (is_kubelet_condition(c.type)) out.emplace(c.type, c.status);
  }
  return out;
}

bool disrupted(std::span<const HomeCondition> home) {
  const HomeCondition* own = find(home, kDisruption);
  return own != nullptr && own->status == "True";
}

json mirrored_conditions(const json& twin, const MirrorInput& input, TextBudget& budget) {
  const bool disrupted_there = !disrupted(input.home_conditions) && has_condition(twin, kDisruption);
  json out = json::array();
  json home = kept_conditions(input.home_conditions);
  for (json& kept : home) {
    if (!disrupted_there || kept.at("type") != kDisruption) out.push_back(std::move(kept));
  }
  std::set<std::string> seen;
  for (const json& from : twin.value("conditions", json::array())) {
    const std::string type = from.value("type", "");
    if (!(disrupted_there && type == kDisruption) && !is_kubelet_condition(type)) continue;
    if (!seen.insert(type).second) continue;
    json condition = twin_condition(from, budget);
    if (type == "Ready") gate(condition, input);
    out.push_back(std::move(condition));
  }
  return out;
}

}  // namespace burst
