#pragma once

#include "base/status.h"
#include "burst/decide.h"
#include "burst/translate.h"
#include "kube/runtime/controller.h"
#include "operator/bursts/gather.h"

/// The hands of the burst controller: one function per burst::Act. Each sends a few requests, in an order
/// that survives a kill between any two of them and a lost reply to any one: the next reconcile finds out how
/// far it came.
namespace op {

/// Carries `decision` out. The result says when to look again.
base::Result<kube::Next> perform(BurstContext& context, Gathered& gathered, const burst::Decision& decision);

// prepare.cc
/// What to do before anything of an attempt is created.
struct Preparation {
  enum class Kind {
    kReady,
    kWait,     ///< no provider can take the pod now: `message` says why, look again after `again_after`
    kRefused,  ///< this provider cannot, for `message`; another may
  };
  Kind kind = Kind::kReady;
  std::string message = {};
  std::chrono::milliseconds again_after{0};
  bool unfit = false;  ///< of kWait: it is the pod itself that cannot run anywhere but at home
};
/// Checks whether `pod` (the whole document) can be carried to the provider of `trial`'s attempt, and brings
/// the objects there that it refers to. Reports to the pod by events, in a kubelet's words where it has them.
base::Result<Preparation> prepare(BurstContext& context, Gathered& gathered, RemoteCluster& cluster,
                                  const nlohmann::json& pod, const burst::TwinContext& trial);
/// An event of the pod; none where it is gone.
void warn_pod(BurstContext& context, const Gathered& gathered, const std::string& reason,
              const std::string& message);
void tell_refusal(BurstContext& context, const Gathered& gathered, const std::string& offer,
                  const std::string& why);

// obtain.cc
/// The input for the twin of this burst's attempt, as things stand now.
burst::TwinContext twin_context(const BurstContext& context, const burst::Burst& burst);
base::Result<kube::Next> obtain(BurstContext& context, Gathered& gathered);
base::Result<kube::Next> ensure_twin(BurstContext& context, Gathered& gathered);
base::Result<kube::Next> start_twin(BurstContext& context, Gathered& gathered);
/// Writes why the burst waits, if it has waited long enough.
base::Result<kube::Next> keep_waiting(BurstContext& context, Gathered& gathered, const std::string& why,
                                      std::optional<base::Time> retry_at);

// pod_writes.cc
/// Compare-and-set on the pod (UID and version); remembers the reply.
base::Outcome patch_pod(BurstContext& context, Gathered& gathered, nlohmann::json metadata_changes);
base::Outcome patch_pod_status(BurstContext& context, Gathered& gathered, nlohmann::json status);
base::Result<kube::Next> reserve(BurstContext& context, Gathered& gathered);
base::Result<kube::Next> clear_reservation(BurstContext& context, Gathered& gathered);
base::Result<kube::Next> mirror(BurstContext& context, Gathered& gathered);
base::Result<kube::Next> fail_pod(BurstContext& context, Gathered& gathered, const burst::Decision& decision);
base::Result<kube::Next> remove_pod(BurstContext& context, Gathered& gathered);

// record.cc
/// Compare-and-set of PodBurst.status (R3); on success `gathered.burst` is the new record and the
/// CommitmentBook knows it.
base::Outcome write_burst(BurstContext& context, Gathered& gathered, burst::Burst burst);
/// Charges the attempt for the time that it held GPUs, up to `until`; once.
void charge(burst::Burst& burst, const Gathered& gathered, base::Time until);
/// Records that the attempt did not work out; the offer is retried after a backoff that grows with the
/// attempts.
void refuse(burst::Burst& burst, const std::string& offer, std::string reason, std::string message,
            base::Time now);
/// Creates a PodBurst for a pod that was bound to a burst node without one (by hand, or late).
base::Outcome create_record(BurstContext& context, const kube::PodRecord& pod, const std::string& claim);

}  // namespace op
