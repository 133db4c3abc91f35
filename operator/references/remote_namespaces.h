#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The namespaces at providers that home namespaces are mapped to. A missing one is created and
/// labelled as ours. An existing one is used only with the label neoburst.io/installation of this
/// installation, set by us or by the provider's administrator: a prefix must never lead into what
/// belongs to others. None is ever removed: without rights to read everything, its other contents cannot be
/// known. Thread-safe.
class RemoteNamespaces {
 public:
  explicit RemoteNamespaces(std::string installation) : installation_(std::move(installation)) {}

  /// Makes sure that `ns` can be used. Sends no request where the provider's rule does not map, nor again
  /// within a minute. Invalid or Forbidden with a sentence for people when it cannot be used.
  base::Outcome ensure(RemoteCluster& cluster, const std::string& ns, const std::string& home_namespace);
  /// True for some seconds after we created it. The provider's own controllers are still setting it up, and
  /// every pod is Forbidden until its service account `default` exists.
  bool is_fresh(const std::string& provider, const std::string& ns) const;
  /// The memory was wrong: the next ensure() asks again.
  void forget(const std::string& provider, const std::string& ns);

 private:
  using Place = std::pair<std::string, std::string>;
  base::Outcome create(RemoteCluster& cluster, const std::string& ns, const std::string& home_namespace);

  const std::string installation_;
  mutable std::mutex mutex_;
  std::map<Place, base::SteadyTime> known_;
  std::map<Place, base::SteadyTime> created_;
};

}  // namespace op
