#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "extender/verdict.h"
#include "kube/client/client.h"
#include "kube/runtime/controller.h"
#include "kube/runtime/store.h"

namespace extender {

/// Creates PodBursts, and replaces the candidates of those that exist, off the request path. Owned by App.
///
/// A lost request does no harm: the scheduler asks again, and creating twice is harmless because the
/// name comes from the pod's UID. So requests are bounded in number and age, and dropped where only a person
/// can help (RBAC, a namespace that goes away). Thread-safe.
class Requester {
 public:
  Requester(kube::Client& client, const base::Clock& clock, const kube::Store<api::BurstRecord>& bursts);
  void start();
  void stop();

  /// Never blocks on I/O.
  void request(BurstRequest wanted);
  /// Candidates of the request of `key` that the informer has not shown yet; empty when there is none.
  std::vector<std::string> asked(const kube::ObjectKey& key) const;
  /// The informer has shown the PodBurst `key`.
  void observed(const kube::ObjectKey& key);

 private:
  struct Entry {
    BurstRequest wanted;
    base::Time requested;           ///< first time
    base::SteadyTime last_request;  ///< for its age
    bool written = false;           ///< only waits to be observed
  };
  base::Result<kube::Next> write(const std::string& key);
  base::Outcome create(const Entry& entry);
  /// For an existing record: adds the candidates that it lacks.
  base::Outcome complete_existing(const Entry& entry);
  base::Outcome replace_candidates(const Entry& entry, const api::BurstRecord& record);
  base::Result<kube::Next> settle(const std::string& key, const Entry& entry, const base::Outcome& written);
  void drop(const std::string& key, const base::Status& why);

  kube::Client& client_;
  const base::Clock& clock_;
  const kube::Store<api::BurstRecord>& bursts_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;  // guarded by mutex_; by the key's text
  kube::Controller controller_;           // last: its threads use the members above
};

}  // namespace extender
