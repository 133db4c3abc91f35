#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "kube/core/pod_record.h"
#include "kube/runtime/informer.h"
#include "support/sandbox.h"

/// Shared by the benchmarks of the whole system.
namespace bench {

/// Records for each pod when it was first seen Running (or already ended), by a watch of each cluster. It
/// watches nothing else: the measuring code shares the processor with the measured code.
class RunningTimes {
 public:
  /// Returns once the watches stand; throws std::runtime_error when they do not.
  RunningTimes(testing_support::Sandbox& sandbox, const std::vector<std::string>& clusters);
  /// Waits until `count` pods of the namespace were seen running in `cluster`; false when that takes too
  /// long.
  bool wait(const std::string& cluster, const std::string& ns, std::size_t count,
            std::chrono::seconds deadline);
  bool wait_ended(const std::string& cluster, const std::string& ns, std::size_t count,
                  std::chrono::seconds deadline);
  /// When the last of them was; only after wait().
  base::Time last(const std::string& cluster, const std::string& ns);
  base::Time of(const std::string& cluster, const std::string& ns, const std::string& pod);

 private:
  void see(const std::string& cluster, const kube::PodRecord& pod);
  using Times = std::map<std::string, base::Time>;  ///< by pod name
  static std::string key(const std::string& cluster, const std::string& ns) { return cluster + "/" + ns; }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Times> running_;
  std::map<std::string, Times> ended_;
  std::vector<std::unique_ptr<kube::Informer<kube::PodRecord>>>
      watches_;  ///< last: they use the members above
};

/// Creates the pods with a few connections at once; returns when the first was sent.
base::Time create_all(kube::Client& client, const std::vector<nlohmann::json>& pods);

/// Reads what an API server appends to its audit log from now on.
class AuditTail {
 public:
  AuditTail(std::string file, std::vector<std::string> users);
  /// Requests that write, by "verb resource[/subresource]", of users with one of the prefixes; leases left
  /// out.
  std::map<std::string, int> writes() const;

 private:
  std::string file_;
  std::vector<std::string> users_;
  std::uintmax_t start_ = 0;
};

}  // namespace bench
