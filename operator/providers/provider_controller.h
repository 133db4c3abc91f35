#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/feeds/feed_table.h"
#include "operator/home/home.h"
#include "operator/providers/provider_link.h"
#include "operator/remote/remote_cluster.h"

namespace op {

struct ProviderOptions {
  std::chrono::milliseconds probe_interval = std::chrono::seconds(30);
  std::size_t workers = 4;
  /// Identity of the home cluster in heartbeats, the same for all replicas of its operator; see
  /// home_identity().
  std::string holder;
};

/// "The same home": installation id, address and authority of the home API server. A cluster restored from
/// the same backup elsewhere has the id, but not the rest.
std::string home_identity(const kube::ClientConfig& home, const std::string& installation);

/// Reconciles NeocloudProviders: finalizer, connection, heartbeat, conditions, and their careful removal (see
/// provider_removal.h). One worker may hang on one provider for a few seconds; there are several, and each
/// question has its own deadline. Status is written only when it changed in substance.
class ProviderController {
 public:
  ProviderController(Home& home, RemoteClusters& remotes, const FeedTable& feeds, LinkHooks hooks,
                     ProviderOptions options);
  ~ProviderController();
  void start();
  /// Also ends every connection.
  void stop();
  /// The state of a price feed is part of the provider's status. Any thread.
  void feed_changed(const std::string& name) { controller_.queue().add(name); }

 private:
  base::Result<kube::Next> reconcile(const std::string& name);
  base::Result<kube::Next> reconcile_deletion(const api::ProviderRecord& provider, ProviderLink& link);
  base::Outcome ensure_finalizer(const api::ProviderRecord& provider);
  base::Outcome write_status(const api::ProviderRecord& provider, ProbeResult probe);
  kube::Next next_probe(ProviderLink& link, const std::string& name, const ProbeResult& probe);
  std::shared_ptr<ProviderLink> link_of(const std::string& name);
  void forget(const std::string& name);

  Home& home_;
  RemoteClusters& remotes_;
  const FeedTable& feeds_;
  LinkHooks hooks_;
  ProviderOptions options_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ProviderLink>> links_;
  std::map<std::string, std::string> finalized_;  ///< provider to the UID that is known to have our finalizer
  kube::Controller controller_;                   // last: its workers use the members above
};

}  // namespace op
