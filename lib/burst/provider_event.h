#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace burst {

/// An event about a twin as the provider's cluster reports it. Its texts are the provider's: untrusted.
struct ProviderEvent {
  bool warning = false;
  std::string reason;
  std::string message;
};

/// The names of the twin's home pod, so that the owner reads about the pod.
struct EventNames {
  std::string provider;
  std::string attempt;  ///< name of the twin
  std::string twin_uid;
  std::string remote_namespace;
  std::string pod;
  std::string pod_uid;
  std::string ns;
  /// Further names at the provider and their names at home (copies of ConfigMaps and the like).
  std::vector<std::pair<std::string, std::string>> copies = {};
};

/// The event for the pod's owner: the provider in front, names of home, one line, at most 1024 bytes. nullopt
/// for events that do not concern the owner: steps that home reports itself (it was scheduled), and the
/// twin's wait for its start (R1).
std::optional<ProviderEvent> event_for_owner(const ProviderEvent& event, const EventNames& names);

}  // namespace burst
