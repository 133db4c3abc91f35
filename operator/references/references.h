#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "burst/copies.h"
#include "burst/pod_policy.h"
#include "kube/client/client.h"
#include "operator/references/copy_store.h"
#include "operator/references/pod_copies.h"
#include "operator/references/remote_namespaces.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// The result of bringing along the objects that a pod refers to.
struct ReferenceVerdict {
  enum class Kind {
    kReady,    ///< all of it is at the provider
    kMissing,  ///< an object does not exist at home: the pod waits, as with any kubelet
    kRefused,  ///< it must not, or cannot, go to this provider: `refusal` says why
  };
  Kind kind = Kind::kReady;
  burst::Missing missing = {};
  std::string refusal = {};
  /// Pull secrets that do not exist: a kubelet warns and goes on.
  std::vector<std::string> missing_pull_secrets = {};
};

/// Brings the objects that pods refer to to where their twins run: the namespace, copies of ConfigMaps and
/// Secrets, the headless Service. Sources are read at home, one GET each, and nothing of them is kept. Safe
/// to repeat after any crash. Thread-safe; pods of one home namespace at one provider wait for each other.
class References {
 public:
  References(kube::Client& home, std::string installation);

  /// Call it before anchor and twin, each time a twin is to be created. `pod` is the whole document. A Status
  /// only where another try is worth it: failures of the home API server, a provider that is too busy, and
  /// other callers at the same copies (Throttled, after a short wait). A provider that does not answer
  /// refuses.
  base::Result<ReferenceVerdict> ensure(RemoteCluster& cluster, const nlohmann::json& pod,
                                        const std::string& remote_namespace, const burst::PodPolicy& policy);
  /// The same for one ephemeral container that is to be added to a twin (document of the container).
  base::Result<ReferenceVerdict> ensure_ephemeral(RemoteCluster& cluster, const nlohmann::json& container,
                                                  const burst::CopyPlace& place,
                                                  const burst::PodPolicy& policy);

  /// A twin was refused with `why` in that namespace: true when the only reason is that the namespace is new,
  /// and the next try will do.
  bool is_too_early(const RemoteCluster& cluster, const std::string& remote_namespace,
                    const base::Status& why);

  /// Updates one copy that a twin needs from its source, or creates it again. Success when there is nothing
  /// to do: there is no source, or it must not, or cannot, go there. `copy` must be what home needs there
  /// (burst::needs_of), never what the provider says.
  base::Outcome refresh(RemoteCluster& cluster, CopyStore& store, const burst::Copy& copy,
                        const burst::PodPolicy& policy);

  CopyStores& stores() { return stores_; }
  PodCopies& pods() { return pods_; }

 private:
  struct Sourced {
    burst::Copy copy;
    nlohmann::json source;
  };
  /// The document at home that a copy is made from, null where none exists (now).
  base::Result<nlohmann::json> read_source(const burst::Copy& copy, const std::string& home_namespace);
  base::Result<ReferenceVerdict> gather(const std::vector<burst::Reference>& references,
                                        const burst::CopyPlace& place, const burst::PodPolicy& policy,
                                        std::vector<Sourced>& sourced);
  base::Result<ReferenceVerdict> bring(RemoteCluster& cluster, const burst::CopyPlace& place,
                                       const std::vector<Sourced>& sourced, std::chrono::seconds used_for);

  kube::Client& home_;
  const std::string installation_;
  RemoteNamespaces namespaces_;
  CopyStores stores_;
  PodCopies pods_;
};

}  // namespace op
