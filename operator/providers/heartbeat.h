#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "kube/client/client.h"

namespace op {

/// The heartbeat object at the provider as we read it.
struct HeartbeatSeen {
  std::string holder;
  std::string renew_time;  ///< RFC 3339 text
  bool operator==(const HeartbeatSeen&) const = default;
};

enum class HeartbeatVerdict {
  kOurs,     ///< nobody else is alive under our installation id
  kWaiting,  ///< another holder's heartbeat exists; not yet known whether the holder is alive
  kForeign,  ///< another holder renews it: a second cluster has our installation id (restored from one
             ///< backup)
};

/// Decides whether a heartbeat found at a provider is of a living stranger (R4). A stranger's heartbeat
/// counts only as far as we saw it change; its clock counts only where it says that it is long dead. Pure
/// apart from its memory; one per provider, used by one thread at a time.
class HeartbeatWatch {
 public:
  HeartbeatVerdict judge(const std::optional<HeartbeatSeen>& seen, const std::string& me, base::Time now,
                         base::SteadyTime steady_now);

 private:
  std::optional<HeartbeatSeen> stranger_;
  base::SteadyTime unchanged_since_;
  bool moved_ = false;
};

/// Keeps our heartbeat at one provider: a ConfigMap with installation, holder and renewTime. `holder` is the
/// home cluster's identity, so that all replicas of one operator share it. Not thread-safe.
class Heartbeat {
 public:
  Heartbeat(std::string remote_namespace, std::string installation, std::string holder);
  /// Reads, decides and, when the heartbeat is ours and due, renews it by compare-and-set. Cheap between
  /// renewals.
  base::Result<HeartbeatVerdict> keep(kube::Client& client, const base::Clock& clock);
  /// Removes the heartbeat if it is ours. Absent is success.
  base::Outcome remove(kube::Client& client);

 private:
  base::Outcome renew(kube::Client& client, const nlohmann::json* found, base::Time now);

  std::string ns_;
  std::string installation_;
  std::string holder_;
  HeartbeatWatch watch_;
  std::optional<base::SteadyTime> renewed_;
};

std::string heartbeat_name(const std::string& installation);

}  // namespace op
