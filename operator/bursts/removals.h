#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/bursts/recent_set.h"
#include "operator/providers/remote_cluster.h"

namespace op {

/// Removes what ended attempts left at providers: anchor, `go` and twin, by label, many attempts in one
/// request (one write for up to 40 of them). Attempt names are never used twice, so a name is an identity
/// here. What fails is tried again; what is lost in a crash is found by the next reconcile or the sweeper.
/// Thread-safe.
class Removals {
 public:
  Removals(RemoteClusters& clusters, std::string installation);
  ~Removals();
  void start();
  void stop();
  /// Quick; returns before anything is removed. Names asked for again within a few seconds are not sent
  /// twice.
  void add(const std::string& provider, const std::string& attempt_name);

 private:
  void run(std::stop_token stop);
  base::Outcome flush(RemoteCluster& cluster, const std::set<std::string>& names);

  RemoteClusters& clusters_;
  const std::string installation_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, std::set<std::string>> pending_;  ///< by provider
  RecentSet sent_{std::chrono::seconds(10)};              ///< attempt names removed lately
  std::jthread thread_;
};

/// Gives up one attempt at once (R2): the anchor, then the twin. NotFound is success; the UID, where known,
/// is a precondition. `grace` is the time its containers have left; nullopt leaves the twin's own.
base::Outcome remove_attempt(RemoteCluster& cluster, const std::string& attempt_name,
                             const std::string& anchor_uid, const std::string& twin_uid,
                             std::optional<std::int64_t> grace);

}  // namespace op
