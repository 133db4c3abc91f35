#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/home/home.h"
#include "operator/nodes/kubelet_endpoint.h"
#include "operator/offers/offer_table.h"

namespace op {

/// Keeps a burst node for each offer that some usable claim matches. A node goes only when no claim matches,
/// no pod is bound to it and no unended PodBurst refers to it, all that for half a minute and by a live look:
/// the cluster fails the pods of a node that is gone. For the same reason, a node that somebody deleted is
/// created again at once.
class NodeController {
 public:
  NodeController(Home& home, OfferTable& offers, KubeletEndpoints kubelets);
  ~NodeController();
  void start();
  void stop();

 private:
  base::Result<kube::Next> reconcile(const std::string& node_name);
  base::Result<kube::Next> create(const market::Offer& offer);
  base::Result<kube::Next> keep(const kube::NodeRecord& node, const market::Offer* offer);
  base::Result<kube::Next> let_go(const kube::NodeRecord& node);
  /// Cordons a node that no claim wants; uncordons only what it cordoned itself.
  base::Outcome set_cordon(const kube::NodeRecord& node, bool cordoned);
  base::Outcome mend(const nlohmann::json& live, const market::Offer* offer,
                     const std::optional<KubeletEndpoint>& kubelet);

  /// The offer that `node_name` stands for, as it is or was last known.
  std::optional<market::Offer> offer_of(const std::string& node_name, bool& current) const;
  bool is_wanted(const market::Offer& offer) const;
  /// A pod is bound to the node or an unended PodBurst has its attempt there, by the caches.
  bool is_needed(const std::string& node_name) const;
  base::Result<bool> has_pods_live(const std::string& node_name);
  void enqueue_all();

  /// What is known of a node between reconciles; lost with the process without harm.
  struct Memory {
    std::optional<market::Offer> offer;
    std::optional<base::SteadyTime> status_written;
    std::optional<base::SteadyTime> unwanted_since;
  };

  Home& home_;
  OfferTable& offers_;
  const KubeletEndpoints kubelets_;
  mutable std::mutex mutex_;
  std::map<std::string, Memory> memory_;
  kube::Controller controller_;  // last: its workers use the members above
};

}  // namespace op
