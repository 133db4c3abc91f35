#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "burst/namespaces.h"
#include "kube/client/client.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "kube/runtime/informer.h"
#include "kube/runtime/work_queue.h"
#include "operator/remote/departed_twins.h"
#include "operator/remote/event_watch.h"

namespace op {

/// A pod at a provider: the slim record and, for a twin of any installation, its whole status to be mirrored.
struct RemotePod : kube::PodRecord {
  std::string status_json;  ///< raw JSON of `status`; "" of pods that are no twins
};
base::Result<RemotePod> decode_remote_pod(kube::JsonObject& object);

/// What the credentials may do, found by SelfSubjectAccessReview.
struct Permissions {
  std::vector<std::string> missing;  ///< "create pods in namespace neoburst", ...; empty = may burst
  bool read_nodes = false;
  bool read_all_pods = false;
  bool read_events = false;
  bool copy_secrets = false;   ///< without it pods that refer to Secrets go elsewhere
  bool copy_services = false;  ///< without it pods with a subdomain go elsewhere
  bool operator==(const Permissions&) const = default;
};

/// One provider's cluster under one set of credentials: client and informers, each with its own threads,
/// deadlines and backoff, so that a hung provider delays nobody else. Immutable identity: changed credentials
/// or namespace make a new one. Thread-safe.
class RemoteCluster {
 public:
  /// Reports which attempt (value of the label neoburst.io/pod-uid) changed; called on informer threads.
  using OnPodUid = std::function<void(const std::string& pod_uid, kube::Urgency urgency)>;
  using OnCapacity = std::function<void()>;

  RemoteCluster(std::string name, burst::NamespaceRule namespaces, std::unique_ptr<kube::Client> client,
                Permissions permissions, std::string installation, OnPodUid on_twin, OnCapacity on_capacity);
  ~RemoteCluster();
  /// Also reads the provider's published offers that `selector` selects. Before start().
  void watch_published(std::string selector, OnCapacity on_capacity);
  /// Passes on the events there about pods of the remote namespace. Before start().
  void watch_events(EventWatch::Heard heard);
  void start();
  /// Cancels every running request and ends the informers. Idempotent.
  void stop();

  const std::string& name() const { return name_; }
  /// Where new attempts go. Existing ones are where their attempt says (burst::Attempt::remote_namespace).
  const burst::NamespaceRule& namespaces() const { return namespaces_; }
  /// The one namespace that everything of ours is in, "" when it may be in several: for lists.
  std::string listed_namespace() const { return namespaces_.mapped() ? std::string() : namespaces_.given; }
  kube::Client& client() { return *client_; }
  const Permissions& permissions() const { return permissions_; }

  /// Twins and anchors of this installation are fully listed: only then may "absent" be concluded, and even
  /// then a live GET comes before any removal.
  bool synced() const;
  /// Everything that capacity is computed from has its first list. Published offers may also have failed to
  /// be read; that never holds up the rest.
  bool capacity_synced() const;
  /// R4: nothing may be swept as an orphan while another holder of our installation id may be alive, nor
  /// before the first heartbeat of ours has been written. Set by the provider controller.
  bool sweeping_allowed() const { return sweeping_allowed_.load(std::memory_order_acquire); }
  void allow_sweeping(bool allowed) { sweeping_allowed_.store(allowed, std::memory_order_release); }

  /// The twin of this attempt in `remote_namespace`, null when there is none with our installation id, or
  /// when that namespace is not watched (`namespaces().covers()`).
  std::shared_ptr<const RemotePod> twin(const std::string& remote_namespace,
                                        const std::string& attempt) const;
  /// A removed twin, as it was last seen; null when its removal was not seen.
  std::shared_ptr<const RemotePod> departed(const std::string& attempt) const {
    return departed_.find(attempt);
  }
  /// All of them. Looks at every pod that is watched.
  std::vector<std::shared_ptr<const RemotePod>> twins() const;
  /// Every pod of the cluster where the credentials may read them, else our twins only.
  std::vector<std::shared_ptr<const RemotePod>> pods() const { return pods_.store().all(); }
  /// Our ConfigMaps there: anchors, go objects, heartbeats, copies (the label neoburst.io/role distinguishes
  /// them).
  const kube::Store<kube::MetaRecord>& config_maps() const { return config_maps_.store(); }
  /// Null where the credentials may not read them.
  const kube::Store<kube::NodeRecord>* nodes() const { return nodes_ ? &nodes_->store() : nullptr; }
  /// What watch_published() asked for, "" without it.
  const std::string& published_selector() const { return published_selector_; }
  /// Null before the first list and where they are not read. When the watch fails later, the last state stays
  /// and its observedTime grows old.
  const kube::Store<api::OfferRecord>* published() const;
  /// Published offers are to be read but the first list failed: they are unknown.
  bool published_unread() const;
  /// Steady time of the last sign of life from the provider's API server.
  base::SteadyTime last_contact() const;
  std::string last_error() const;

 private:
  bool is_twin(const kube::PodRecord& pod) const;
  void tell_twins_on(const std::string& node, const OnPodUid& on_twin) const;

  std::string name_;
  burst::NamespaceRule namespaces_;
  std::string installation_;
  std::unique_ptr<kube::Client> client_;
  Permissions permissions_;
  std::atomic<bool> sweeping_allowed_{false};
  DepartedTwins departed_;
  kube::Informer<RemotePod> pods_;  ///< one watch for twins and for what takes capacity
  kube::Informer<kube::MetaRecord> config_maps_;
  std::unique_ptr<kube::Informer<kube::NodeRecord>> nodes_;
  std::string published_selector_;
  std::unique_ptr<kube::Informer<api::OfferRecord>> published_;
  std::unique_ptr<EventWatch> events_;
};

/// The table of connected providers. Thread-safe; holds no lock across I/O.
class RemoteClusters {
 public:
  /// Null when the provider is unknown or not connected.
  std::shared_ptr<RemoteCluster> find(const std::string& provider) const;
  std::vector<std::shared_ptr<RemoteCluster>> all() const;
  /// Returns the one replaced, for the caller to stop outside of any lock.
  std::shared_ptr<RemoteCluster> put(std::shared_ptr<RemoteCluster> cluster);
  std::shared_ptr<RemoteCluster> remove(const std::string& provider);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RemoteCluster>> clusters_;
};

}  // namespace op
