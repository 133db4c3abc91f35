#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "base/recent_set.h"
#include "burst/burst.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Removes the objects that ended attempts left at providers: anchor, `go` and twin, by label, many attempts
/// in one request (one write for up to 40 of them). Attempt names are never used twice, so a name is an
/// identity here. Failures are retried; the next reconcile or the sweeper finds what was lost in a crash.
/// Thread-safe.
class Removals {
 public:
  Removals(RemoteClusters& clusters, std::string installation);
  ~Removals();
  void start();
  void stop();
  /// Quick; returns before anything is removed. Names asked for again within a few seconds are not sent
  /// twice.
  void add(const burst::Attempt& attempt);

 private:
  void run(std::stop_token stop);
  base::Outcome flush(RemoteCluster& cluster, const std::string& ns, const std::set<std::string>& names);

  RemoteClusters& clusters_;
  const std::string installation_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  /// Provider and namespace there.
  using Place = std::pair<std::string, std::string>;
  std::map<Place, std::set<std::string>> pending_;
  base::RecentSet sent_{std::chrono::seconds(10)};  ///< attempt names removed lately
  std::jthread thread_;
};

/// Gives up one attempt at once (R2): the anchor, then the twin. NotFound is success; the UID, where known,
/// is a precondition. `grace` is the time its containers have left; nullopt leaves the twin's own.
struct AttemptObjects {
  std::string ns;  ///< at the provider
  std::string attempt;
  std::string anchor_uid;
  std::string twin_uid;
};
base::Outcome remove_attempt(RemoteCluster& cluster, const AttemptObjects& objects,
                             std::optional<std::int64_t> grace);

}  // namespace op
