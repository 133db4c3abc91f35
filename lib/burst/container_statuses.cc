#include "burst/container_statuses.h"

#include <set>
#include <string>

#include "burst/translate.h"

namespace burst {
namespace {

using nlohmann::json;

/// More resources than any container has.
constexpr std::size_t kMostResources = 64;
constexpr std::size_t kMostMounts = 256;

bool is_own(std::string_view names, const std::string& name) {
  const std::string wanted = name + ",";
  for (std::size_t at = names.find(wanted); at != std::string_view::npos; at = names.find(wanted, at + 1)) {
    if (at == 0 || names[at - 1] == ',') return true;
  }
  return false;
}

void copy_number(const json& from, json& to, const char* field) {
  if (const auto found = from.find(field); found != from.end()) to[field] = found->get<std::int32_t>();
}

void copy_flag(const json& from, json& to, const char* field) {
  if (const auto found = from.find(field); found != from.end()) to[field] = found->get<bool>();
}

/// The API wants exactly one kind of state.
json state(const json& from, TextBudget& budget) {
  if (const auto waiting = from.find("waiting"); waiting != from.end()) {
    json out = json::object();
    budget.copy_reason_and_message(*waiting, out);
    return {{"waiting", std::move(out)}};
  }
  if (const auto running = from.find("running"); running != from.end()) {
    json out = json::object();
    copy_time(*running, out, "startedAt");
    return {{"running", std::move(out)}};
  }
  const auto terminated = from.find("terminated");
  if (terminated == from.end()) return json::object();
  json out = json::object();
  for (const char* number : {"exitCode", "signal"}) copy_number(*terminated, out, number);
  budget.copy_reason_and_message(*terminated, out);
  for (const char* time : {"startedAt", "finishedAt"}) copy_time(*terminated, out, time);
  budget.copy(*terminated, out, "containerID", TextBudget::kMostReference);
  return {{"terminated", std::move(out)}};
}

json own_mounts(const json& list, TextBudget& budget) {
  json out = json::array();
  for (const json& mount : list) {
    if (out.size() == kMostMounts) break;
    if (mount.value("mountPath", "") == kGoMountPath) continue;
    json one = json::object();
    for (const char* text : {"name", "mountPath", "recursiveReadOnly"})
      budget.copy(mount, one, text, TextBudget::kMostReference);
    copy_flag(mount, one, "readOnly");
    out.push_back(std::move(one));
  }
  return out;
}

json container_status(const json& from, TextBudget& budget) {
  json out = {{"name", from.at("name")}};
  for (const char* which : {"state", "lastState"}) {
    if (const auto found = from.find(which); found != from.end()) out[which] = state(*found, budget);
  }
  for (const char* flag : {"ready", "started"}) copy_flag(from, out, flag);
  copy_number(from, out, "restartCount");
  for (const char* text : {"image", "imageID", "containerID", "stopSignal"})
    budget.copy(from, out, text, TextBudget::kMostReference);
  copy_quantities(from, out, "allocatedResources");
  copy_resources(from, out);
  if (const auto mounts = from.find("volumeMounts"); mounts != from.end())
    out["volumeMounts"] = own_mounts(*mounts, budget);
  return out;
}

}  // namespace

void copy_quantities(const json& from, json& to, const char* field) {
  const auto found = from.find(field);
  if (found == from.end()) return;
  json out = json::object();
  for (const auto& [name, quantity] : found->get_ref<const json::object_t&>()) {
    if (out.size() == kMostResources) break;
    out[name] = cut(quantity.get_ref<const std::string&>(), TextBudget::kMostReason);
  }
  to[field] = std::move(out);
}

void copy_resources(const json& from, json& to) {
  const auto found = from.find("resources");
  if (found == from.end()) return;
  json out = json::object();
  for (const char* which : {"limits", "requests"}) copy_quantities(*found, out, which);
  to["resources"] = std::move(out);
}

json own_container_statuses(const json& list, std::string_view names, TextBudget& budget) {
  json out = json::array();
  std::set<std::string> seen;
  for (const json& status : list) {
    const std::string name = status.value("name", "");
    if (is_own(names, name) && seen.insert(name).second) out.push_back(container_status(status, budget));
  }
  return out;
}

}  // namespace burst
