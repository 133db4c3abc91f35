#include "burst/pod_policy.h"

#include <array>
#include <utility>

namespace burst {
namespace {

constexpr std::array<std::pair<HostAccess, std::string_view>, 5> kNames = {{
    {HostAccess::kHostNetwork, "HostNetwork"},
    {HostAccess::kHostPath, "HostPath"},
    {HostAccess::kHostPid, "HostPID"},
    {HostAccess::kHostIpc, "HostIPC"},
    {HostAccess::kPrivileged, "Privileged"},
}};

}  // namespace

std::string_view to_string(HostAccess access) {
  for (const auto& [value, name] : kNames) {
    if (value == access) return name;
  }
  return "Unknown";
}

std::optional<HostAccess> parse_host_access(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) return value;
  }
  return std::nullopt;
}

}  // namespace burst
