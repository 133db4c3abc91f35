#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/recent_set.h"
#include "kube/runtime/controller.h"
#include "operator/home/home.h"
#include "operator/logs/log_spool.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// A twin that is about to be removed, and the pod that stays.
struct EndedTwin {
  std::string pod_uid;
  kube::ObjectKey pod;
  std::string attempt;  ///< the twin's name
  std::string provider;
  std::string remote_namespace;
  bool all_written = true;  ///< its containers have ended; else what they have written so far
};

/// Brings the logs of ended twins home before the twins are removed, and drops them when their pods are gone.
/// A twin waits for it at most kPatience: GPUs and clusters are not held for a log. Each provider is
/// asked for one twin at a time, so that a provider that stalls delays nobody else. A crash in between is
/// harmless: as long as the twin exists, its log is fetched again. Thread-safe; has threads of its own.
class LogKeeper {
 public:
  using OnSettled = std::function<void(const std::string& pod_uid)>;
  static constexpr std::chrono::seconds kPatience{60};

  /// Construct before Home::start().
  LogKeeper(Home& home, RemoteClusters& clusters, LogSpool& spool, OnSettled on_settled);
  ~LogKeeper();
  /// With the home pods synced: removes logs that belong to no pod any more.
  void start();
  void stop();

  /// True when the twin may be removed: its logs are kept, or cannot be had, or were waited for long enough.
  /// Otherwise they are being fetched, and `on_settled` says when to ask again. Quick.
  bool settled(const EndedTwin& twin);
  /// Its logs are being fetched just now.
  bool fetching(const std::string& attempt) const;

 private:
  struct Job {
    EndedTwin twin;
    base::SteadyTime until;     ///< the end of our patience
    base::SteadyTime due = {};  ///< after a failure, later
    base::Backoff failing;
    std::set<std::string> kept = {};  ///< containers
    std::string trouble = {};         ///< why it is not done yet
  };
  /// One step for one provider; under kBin, for the pods that are gone.
  base::Result<kube::Next> reconcile(const std::string& provider);
  void empty_bin();
  void remove_if_gone(const EndedTwin& twin);
  std::optional<Job> next_job(const std::string& provider, base::SteadyTime now);
  std::optional<base::SteadyTime> next_due(const std::string& provider) const;
  /// Fetches the missing logs and adds them to `job.kept`.
  base::Outcome keep(Job& job);
  void finish(const EndedTwin& twin);
  void try_again(const Job& job, std::string trouble);

  Home& home_;
  RemoteClusters& clusters_;
  LogSpool& spool_;
  const OnSettled on_settled_;
  std::atomic<bool> started_{false};
  std::stop_source stop_;
  mutable std::mutex mutex_;
  std::map<std::string, Job> jobs_;                 ///< by pod UID
  std::set<std::string> gone_;                      ///< UIDs of pods whose logs are to go
  base::RecentSet done_{std::chrono::minutes(10)};  ///< attempts, see done_name()
  kube::Controller controller_;                     ///< last: its threads use the members above
};

}  // namespace op
