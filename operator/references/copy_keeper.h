#pragma once

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kube/runtime/controller.h"
#include "operator/home/home.h"
#include "operator/references/references.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Keeps the copies at the providers in step with their sources at home, for as long as a twin uses them, and
/// removes them after the last one. It checks every home namespace with copies at a provider about every ten
/// seconds, and reads a bounded number of sources each time. A copy that a twin uses and that is missing
/// (another operator removed it, a crash came in between, its source is new) is written. A source that
/// was deleted leaves its copy, as with a kubelet.
///
/// Home's records and pods say what is copied (burst::plan_copies). What is written at a provider can only
/// make it keep what it has. One copy that cannot be written or removed stops no other copy, and one provider
/// that does not answer stops no other provider. Leader only.
class CopyKeeper {
 public:
  CopyKeeper(Home& home, RemoteClusters& clusters, References& references);
  ~CopyKeeper();
  void start();
  void stop();

  /// One round at one provider. Returns the first failure, after everything possible is done.
  base::Outcome tend(RemoteCluster& cluster);

 private:
  /// The names of a namespace at the provider and of one at home.
  using Place = std::pair<std::string, std::string>;
  base::Result<kube::Next> reconcile(const std::string& provider);
  void scan();
  std::set<Place> places(const RemoteCluster& cluster) const;
  base::Outcome tend(RemoteCluster& cluster, CopyStore& store);
  base::Result<burst::CopyUse> usage(const RemoteCluster& cluster, const burst::CopyPlace& place);
  base::Outcome write(RemoteCluster& cluster, CopyStore& store, std::vector<burst::Copy> copies);
  base::Outcome remove_unused(RemoteCluster& cluster, CopyStore& store, const burst::CopyUse& use);

  Home& home_;
  RemoteClusters& clusters_;
  References& references_;
  std::mutex mutex_;
  std::map<std::string, base::SteadyTime> refreshed_;  ///< by provider, both namespaces and copy
  kube::Controller controller_;                        // last: its workers use the members above
};

}  // namespace op
