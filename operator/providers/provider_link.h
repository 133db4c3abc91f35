#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/backoff.h"
#include "operator/home/home.h"
#include "operator/providers/heartbeat.h"
#include "operator/providers/provider_credentials.h"
#include "operator/providers/provider_status.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The callbacks of a new connection.
struct LinkHooks {
  RemoteCluster::OnPodUid on_pod_uid;
  std::function<void(const std::string& provider)> on_capacity;
  std::function<void(const std::string& provider, const kube::EventRecord& event)> on_event;
};

/// The operator's end of the line to one provider: probes it, and connects anew when credentials,
/// namespace or permissions changed. A connection that works is never given up for credentials that do not:
/// the pods there must still be watched. Used by one worker at a time.
class ProviderLink {
 public:
  ProviderLink(Home& home, RemoteClusters& remotes, const LinkHooks& hooks, std::string holder);

  /// One round of probes. A Status only for failures of the home API server. Takes a few seconds at most
  /// when the provider hangs.
  base::Result<ProbeResult> probe(const api::ProviderRecord& provider);
  /// Ends the connection and takes it out of the table.
  void drop(const std::string& provider);

  /// How many probes in a row found no answer.
  int failures() const { return failing_.attempts(); }
  std::chrono::milliseconds next_failure_wait() { return failing_.next(); }
  void succeeded() { failing_.reset(); }
  std::shared_ptr<RemoteCluster> cluster() const { return cluster_; }
  Heartbeat* heartbeat() { return heartbeat_ ? &*heartbeat_ : nullptr; }

 private:
  base::Result<std::unique_ptr<kube::Client>> make_client(const Credentials& credentials) const;
  void ask_version(kube::Client& client, const Credentials& credentials, bool fresh,
                   ProbeResult& result) const;
  void ask_permissions(kube::Client& client, const api::ProviderRecord& provider, ProbeResult& result);
  std::string wanted_offers(kube::Client& client, const api::ProviderRecord& provider);
  void connect(const api::ProviderRecord& provider, const Credentials& credentials,
               std::unique_ptr<kube::Client> client, const std::string& offers);
  void keep_heartbeat(const api::ProviderRecord& provider, ProbeResult& result);

  Home& home_;
  RemoteClusters& remotes_;
  const LinkHooks& hooks_;
  std::string holder_;
  std::shared_ptr<RemoteCluster> cluster_;
  std::string fingerprint_;  ///< of the credentials that cluster_ uses
  std::optional<Heartbeat> heartbeat_;
  std::optional<Permissions> permissions_;
  std::string permissions_of_;  ///< fingerprint
  base::SteadyTime permissions_asked_;
  bool reads_offers_ = false;  ///< published ones, as the last answer was
  base::SteadyTime offers_asked_;
  base::Backoff failing_;
};

}  // namespace op
