#include "burst/mirror.h"

#include <algorithm>
#include <array>

#include "base/time_text.h"

namespace burst {
namespace {

using nlohmann::json;

/// Conditions that a kubelet reports: the twin's are the truth.
constexpr std::array kKubeletConditions = {"Initialized", "Ready", "ContainersReady",
                                           "PodReadyToStartContainers"};

bool is_kubelet_condition(std::string_view type) {
  return std::ranges::any_of(kKubeletConditions, [&](const char* t) { return type == t; });
}

json condition_json(const HomeCondition& c) {
  json out = {{"type", c.type}, {"status", c.status}};
  if (!c.reason.empty()) out["reason"] = c.reason;
  if (!c.message.empty()) out["message"] = c.message;
  if (c.changed) out["lastTransitionTime"] = base::format_time(*c.changed);
  return out;
}

json kept_conditions(const std::vector<HomeCondition>& home) {
  json out = json::array();
  for (const HomeCondition& c : home) {
    if (!is_kubelet_condition(c.type)) out.push_back(condition_json(c));
  }
  return out;
}

bool is_own(std::string_view names, const std::string& name) {
  const std::string wanted = name + ",";
  for (std::size_t at = names.find(wanted); at != std::string_view::npos; at = names.find(wanted, at + 1)) {
    if (at == 0 || names[at - 1] == ',') return true;
  }
  return false;
}

/// "Starting without trouble" is not news: the scheduler has just said that the pod was placed.
bool is_news(const json& status) {
  if (status.value("phase", "Pending") != "Pending") return true;
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& c : status.value(list, json::array())) {
      const json state = c.value("state", json::object());
      if (state.contains("running") || state.contains("terminated")) return true;
      const std::string why = state.value("waiting", json::object()).value("reason", "");
      if (!why.empty() && why != "ContainerCreating" && why != "PodInitializing") return true;
    }
  }
  return false;
}

}  // namespace

base::Result<std::optional<json>> mirrored_status(std::string_view twin_status_json,
                                                  std::string_view containers, std::string_view limit_reason,
                                                  const std::vector<HomeCondition>& home) {
  try {
    const json twin = json::parse(twin_status_json.empty() ? "{}" : twin_status_json);
    if (!is_news(twin)) return std::optional<json>();
    json status = json::object();
    status["phase"] = twin.value("phase", "Pending");
    for (const char* text : {"reason", "message"}) {
      if (twin.contains(text)) status[text] = twin[text];
    }
    if (!limit_reason.empty() && status.value("reason", "") == "DeadlineExceeded")
      status["reason"] = limit_reason;
    for (const char* field : {"startTime"}) {
      if (twin.contains(field)) status[field] = twin[field];
    }
    json conditions = kept_conditions(home);
    for (json c : twin.value("conditions", json::array())) {
      if (!is_kubelet_condition(c.value("type", ""))) continue;
      c.erase("observedGeneration");  // of the twin, not of this pod
      conditions.push_back(std::move(c));
    }
    status["conditions"] = std::move(conditions);
    for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
      if (!twin.contains(list)) continue;
      json own = json::array();
      for (const json& c : twin[list]) {
        if (is_own(containers, c.value("name", ""))) own.push_back(c);
      }
      status[list] = std::move(own);
    }
    return std::optional<json>(std::move(status));
  } catch (const json::exception& e) {
    return base::fail(base::Code::kMalformed, std::string("the twin's status: ") + e.what());
  }
}

json failed_status(std::string_view reason, std::string_view message, const std::vector<HomeCondition>& home,
                   base::Time now) {
  json conditions = kept_conditions(home);
  for (const char* type : {"Ready", "ContainersReady"}) {
    conditions.push_back({{"type", type},
                          {"status", "False"},
                          {"reason", "PodFailed"},
                          {"lastTransitionTime", base::format_time(now)}});
  }
  return {
      {"phase", "Failed"}, {"reason", reason}, {"message", message}, {"conditions", std::move(conditions)}};
}

}  // namespace burst
