#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace burst {

/// An event about a twin as the provider's cluster tells it. Its texts are the provider's: untrusted.
struct ProviderEvent {
  bool warning = false;
  std::string reason;
  std::string message;
};

/// Whom the twin stands for, so that the pod's owner reads of the pod.
struct EventNames {
  std::string provider;
  std::string attempt;  ///< name of the twin
  std::string twin_uid;
  std::string remote_namespace;
  std::string pod;
  std::string pod_uid;
  std::string ns;
  /// Further names at the provider and what they are at home (copies of ConfigMaps and the like).
  std::vector<std::pair<std::string, std::string>> copies = {};
};

/// What the pod's owner is told: the provider in front, names of home, one line, at most 1024 bytes. nullopt
/// for what is none of their business: steps that home tells itself (it was scheduled), and that the twin
/// waits for its start (R1).
std::optional<ProviderEvent> event_for_owner(const ProviderEvent& event, const EventNames& names);

}  // namespace burst
