#include "burst/mirror.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "base/time_text.h"
#include "burst/container_statuses.h"
#include "burst/decide.h"
#include "burst/mirror_conditions.h"

namespace burst {
namespace {

using nlohmann::json;

/// Fields that are removed again when the twin no longer has them, or when they may no longer be shown. A
/// merge patch keeps the fields that it does not name.
constexpr std::array<const char*, 7> kPassing = {
    "reason", "message", "podIP", "podIPs", "resize", "allocatedResources", "resources"};

constexpr std::array<std::string_view, 5> kPhases = {"Pending", "Running", "Succeeded", "Failed", "Unknown"};

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

/// 4 or 6; 0 where `ip` is no address. An API server accepts only the usual notation.
int family(const std::string& ip) {
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> text{};
  for (const auto& [af, version] : {std::pair{AF_INET, 4}, std::pair{AF_INET6, 6}}) {
    if (inet_pton(af, ip.c_str(), bytes.data()) != 1) continue;
    inet_ntop(af, bytes.data(), text.data(), text.size());
    return ip == text.data() ? version : 0;
  }
  return 0;
}

/// At most one address of each family, podIP being the first.
void publish_addresses(const json& twin, json& status) {
  json ips = json::array();
  std::array<bool, 7> seen{};
  for (const json& one : twin.value("podIPs", json::array())) {
    const std::string ip = one.value("ip", "");
    const int version = family(ip);
    if (version == 0 || std::exchange(seen.at(static_cast<std::size_t>(version)), true)) continue;
    ips.push_back({{"ip", ip}});
  }
  if (ips.empty()) return;
  status["podIP"] = ips[0]["ip"];
  status["podIPs"] = std::move(ips);
}

void add_addresses(const json& twin, const MirrorInput& input, json& status) {
  if (!input.host_ip.empty()) {
    status["hostIP"] = input.host_ip;
    status["hostIPs"] = json::array({{{"ip", input.host_ip}}});
  }
  if (input.publish_addresses) publish_addresses(twin, status);
}

void add_container_statuses(const json& twin, std::string_view containers,
                            std::string_view ephemeral_containers, TextBudget& budget, json& status) {
  for (const auto& [list, names] :
       {std::pair{"initContainerStatuses", containers}, std::pair{"containerStatuses", containers},
        std::pair{"ephemeralContainerStatuses", ephemeral_containers}}) {
    if (const auto found = twin.find(list); found != twin.end())
      status[list] = own_container_statuses(*found, names, budget);
  }
}

std::optional<json> status_of(const json& twin, const MirrorInput& input) {
  if (input.home_ended || !is_news(twin)) return std::nullopt;
  TextBudget budget;
  json status = {{"phase", twin.value("phase", "Pending")}};
  budget.copy_reason_and_message(twin, status);
  if (!input.limit_reason.empty() && status.value("reason", "") == "DeadlineExceeded")
    status["reason"] = input.limit_reason;
  copy_time(twin, status, "startTime");
  status["conditions"] = mirrored_conditions(twin, input, budget);
  add_container_statuses(twin, input.containers, input.ephemeral_containers, budget, status);
  add_addresses(twin, input, status);
  budget.copy(twin, status, "resize", TextBudget::kMostReason);
  copy_quantities(twin, status, "allocatedResources");
  copy_resources(twin, status);
  for (const char* field : kPassing) status.emplace(field, nullptr);
  return status;
}

bool is_disruption_condition(const json& condition) { return condition.at("type") == kDisruption; }

/// Our reasons that mean: the pod did nothing wrong, its place went away.
bool is_disruption(std::string_view reason) {
  return reason == kReasonLost || reason == kReasonProviderRemoved;
}

}  // namespace

base::Result<std::optional<json>> mirrored_status(const MirrorInput& input) {
  try {
    const json twin = json::parse(input.twin_status.empty() ? "{}" : input.twin_status);
    if (std::ranges::find(kPhases, twin.value("phase", "Pending")) == kPhases.end())
      return base::fail(base::Code::kMalformed, "the twin's status: unknown phase");
    return status_of(twin, input);
  } catch (const json::exception& e) {
    return base::fail(base::Code::kMalformed, std::string("the twin's status: ") + e.what());
  }
}

bool still_shown(const json& status, std::string_view phase, std::span<const HomeCondition> home) {
  return status.value("phase", "") == phase && kubelet_conditions(status) == kubelet_conditions(home);
}

json last_container_statuses(std::string_view twin_status, std::string_view containers,
                             std::string_view ephemeral_containers) {
  try {
    const json twin = json::parse(twin_status);
    TextBudget budget;
    json out = json::object();
    add_container_statuses(twin, containers, ephemeral_containers, budget, out);
    return out;
  } catch (const json::exception&) {
    return json::object();
  }
}

json failed_status(std::string_view reason, std::string_view message, std::span<const HomeCondition> home,
                   base::Time now) {
  const bool lost = is_disruption(reason) && !disrupted(home);
  json conditions = kept_conditions(home);
  if (lost) std::erase_if(conditions.get_ref<json::array_t&>(), is_disruption_condition);
  const std::string at = base::format_time(now);
  for (const char* type : {"Ready", "ContainersReady"}) {
    conditions.push_back(
        {{"type", type}, {"status", "False"}, {"reason", "PodFailed"}, {"lastTransitionTime", at}});
  }
  if (lost) {
    conditions.push_back({{"type", kDisruption},
                          {"status", "True"},
                          {"reason", reason},
                          {"message", message},
                          {"lastTransitionTime", at}});
  }
  return {
      {"phase", "Failed"}, {"reason", reason}, {"message", message}, {"conditions", std::move(conditions)}};
}

}  // namespace burst
