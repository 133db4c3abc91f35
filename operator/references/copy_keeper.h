#pragma once

#include <map>
#include <set>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/home.h"
#include "operator/providers/remote_cluster.h"
#include "operator/references/references.h"

namespace op {

/// Keeps the copies at the providers as their sources at home are, for as long as a twin uses them, and
/// removes them after the last one. Looks at every home namespace with copies at a provider about every ten
/// seconds, and asks for no more than a bounded number of sources each time. What a twin uses and is not
/// listed (another operator removed it, a crash came in between) is brought again. A source that was deleted
/// leaves its copy, as a kubelet does. Leader only.
class CopyKeeper {
 public:
  CopyKeeper(Home& home, RemoteClusters& clusters, References& references);
  ~CopyKeeper();
  void start();
  void stop();

 private:
  /// What the twins of one home namespace in one namespace at a provider use.
  struct Usage {
    std::set<std::string> copies;      ///< names
    std::set<std::string> subdomains;  ///< values of the label
    /// A home pod ("namespace/name") for each copy.
    std::map<std::string, std::string> pods;
  };
  base::Result<kube::Next> reconcile(const std::string& key);
  void scan();
  base::Outcome tend(RemoteCluster& cluster, CopyStore& store);
  Usage usage(const RemoteCluster& cluster, const burst::CopyPlace& place) const;
  base::Outcome refresh(RemoteCluster& cluster, CopyStore& store, const std::vector<burst::Copy>& copies);
  base::Outcome remove_unused(RemoteCluster& cluster, CopyStore& store, const Usage& usage);
  base::Outcome heal(RemoteCluster& cluster, const burst::CopyPlace& place,
                     const std::set<std::string>& pods);

  Home& home_;
  RemoteClusters& clusters_;
  References& references_;
  std::mutex mutex_;
  std::map<std::string, base::SteadyTime> refreshed_;  ///< by provider and copy
  kube::Controller controller_;                        // last: its workers use the members above
};

}  // namespace op
