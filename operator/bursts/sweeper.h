#pragma once

#include <map>
#include <stop_token>
#include <string>
#include <thread>

#include "operator/bursts/gather.h"

namespace op {

/// Finds orphans at the providers: twins and anchors of attempts that are not the present
/// one of an unended PodBurst (R4). It compares caches that are fully listed, skips young objects (their
/// record may be on its way), asks the home API server once more, and removes with UID preconditions. Runs on
/// one thread, leader only.
class Sweeper {
 public:
  explicit Sweeper(BurstContext& context);
  ~Sweeper();
  void start();
  void stop();

 private:
  struct Suspect {
    std::string attempt;
    std::string ns;     ///< at the provider
    std::string burst;  ///< "namespace/name"
    std::string anchor_uid;
    std::string twin_uid;
  };
  void run(std::stop_token stop);
  void sweep(RemoteCluster& cluster, std::stop_token stop);
  std::map<std::string, Suspect> suspects(const RemoteCluster& cluster) const;
  void confirm_and_remove(RemoteCluster& cluster, const Suspect& suspect);

  BurstContext& context_;
  std::map<std::string, base::SteadyTime> first_seen_;  ///< suspects by provider/attempt
  std::jthread thread_;
};

}  // namespace op
