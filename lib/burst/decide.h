#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "base/clock.h"
#include "burst/blame.h"
#include "burst/burst.h"
#include "burst/reservation.h"

/// The burst protocol as a pure function: what to do next for one pod, from what is known about the pod, its
/// record and its twin. No I/O, no clock, no state. tests/model/burst.pml is the protocol's model; R1 to R8
/// refer to docs/protocol.md.
///
///                 kObtain                kReserve               bound to N, and reserved == N/attempt
///   (requested) -----------> (obtaining) ---------> (reserved) ---------------------> (committed)
///        ^                        |                     |                kStart: `go`, then kMirror
///        |                        |                     |                                  |
///        +------- kRelease -------+------ kRelease -----+         twin ended, vanished or was given up:
///                                                                 kMirror or kFailPod
///                                                                                          |
///                                                                                          v
///   any state, once the pod is deleted, gone or bound at home: ------------------------> (ended)
///   kStopTwin, then kEnd when the twin is gone for certain                  kCleanUp, kRemovePod
///
/// A pod that was bound before it had a reservation is obtained late (R5): it takes the same way, and is
/// committed with kReserve. Where nothing can be obtained for it, it goes from (requested) to (ended) with
/// kFailPod.
namespace burst {

enum class Phase { kPending, kRunning, kSucceeded, kFailed };
inline bool is_terminal(Phase p) { return p == Phase::kSucceeded || p == Phase::kFailed; }

/// The home pod, identified by UID.
struct PodView {
  std::string node;  ///< spec.nodeName, "" while unbound
  std::optional<Reservation> reserved;
  bool deleting = false;
  std::optional<base::Time> delete_by;        ///< deletionTimestamp: when its grace ends
  std::optional<std::int64_t> grace_seconds;  ///< deletionGracePeriodSeconds; later deletions can shorten it
  Phase phase = Phase::kPending;
  std::string reason;  ///< status.reason
};

/// The twin of the present attempt as the provider shows it.
struct TwinView {
  /// Controlled by the recorded anchor. Any other object of that name is foreign and never touched.
  bool ours = true;
  std::string node;                     ///< real node, "" until placed
  std::optional<base::Time> placed_at;  ///< when its scheduler placed it, by our clock
  Phase phase = Phase::kPending;
  bool deleting = false;
  std::optional<std::int64_t> grace_seconds;  ///< of its deletion
  std::optional<base::Time> stop_asked;       ///< when that was asked for, by the provider's clock
  /// The GPU model of its node, where it can be read and is not the promised one; "" else.
  std::string other_gpu;
  bool node_unseen = false;  ///< its node could be read but is not known yet, so its model is unknown too
  /// Its status makes no sense: no part of it can be reported.
  bool unreadable = false;
  bool unschedulable = false;  ///< the provider's scheduler found no node so far
  /// One of its containers has run. Its phase may still be Pending: an init container works, another
  /// container waits for its image, or its node was booted again.
  bool started = false;
  std::optional<base::Time> finished_at;  ///< when the last container ended, by the provider's clock
  std::string trouble;                    ///< the provider's reason for not placing or not starting it
};

enum class Link {
  kConnected,    ///< reachable, caches full: absence may be concluded after a live GET
  kUnreachable,  ///< a partition, bad credentials, or still starting: nothing may be concluded
  kGone,         ///< the NeocloudProvider no longer exists: nobody can ask it any more
};

/// The provider's side of the present attempt.
struct RemoteView {
  Link link = Link::kUnreachable;
  bool leaving = false;  ///< the NeocloudProvider is being deleted
  std::optional<TwinView> twin;
  /// No twin in the cache, and a live GET said 404.
  bool twin_absent = false;
  /// An absent twin as it was last seen. Nothing after a restart.
  std::optional<TwinView> last;
  bool anchor = false;
  std::optional<base::Time> go_created;
};

struct Deadlines {
  std::chrono::milliseconds placed{60'000};        ///< from obtaining to placed
  std::chrono::milliseconds unschedulable{5'000};  ///< from obtaining, once the provider's scheduler said no
  std::chrono::milliseconds bound{60'000};         ///< from placed to bound (R5)
  std::chrono::milliseconds started{600'000};      ///< from `go` to running (R6)
};

struct Situation {
  base::Time now;
  std::optional<PodView>
      pod;  ///< nullopt: gone for certain (synced cache and live GET, or another UID under its name)
  Burst burst;
  bool claim_usable = false;
  std::string claim_problem;  ///< why not
  std::chrono::milliseconds after{0};
  /// Why the present attempt's offer is no longer allowed by the claim, "" when it is.
  std::string denied;
  /// For a twin that is not placed yet: its offer no longer exists.
  bool offer_gone = false;
  /// The same: the nodes of its offer, as observed, have no room for it.
  bool offer_full = false;
  /// Why the pod must stay at home whatever the offers are (a Service needs its address), "" when it need
  /// not.
  std::string kept_home;
  /// For a pod that was bound without a reservation: why nothing can be obtained for the node it is bound to
  /// (its offer is gone, or the claim does not allow it), "" when something can.
  std::string node_denied;
  /// Why running pods of the claim are to be ended now (its budget is spent, and it says Terminate), ""
  /// otherwise.
  std::string terminate;
  RemoteView remote;  ///< of burst.attempt; meaningless without one
  Deadlines deadlines;
};

enum class Act {
  kWait,
  kObtain,            ///< choose an offer, create the anchor, record the attempt, create the twin
  kEnsureTwin,        ///< the attempt is recorded but its twin was never created
  kReserve,           ///< report to pod and scheduler that the twin holds its GPUs
  kClearReservation,  ///< remove an annotation without a live attempt
  kRecordPlaced,      ///< bring the record up to date during a long reservation
  kRelease,           ///< give the attempt up (R2): un-reserve, record, delete anchor, delete twin
  kStart,             ///< create `go` (R1)
  kGiveUp,            ///< record why it does not go on (R6, its limit, its budget); its twin is stopped next
  kMirror,            ///< write the twin's status to the pod
  kStopTwin,          ///< delete anchor and twin, gracefully
  kFailPod,           ///< write phase Failed with reason
  kEnd,               ///< write the end and the cost
  kRemovePod,         ///< finish the pod's deletion, as a kubelet does
  kCleanUp,           ///< remove what an ended burst left at the provider
};
std::string_view to_string(Act act);

struct Decision {
  Act act = Act::kWait;
  Blamed blame;              ///< whose fault it is (blame.h)
  std::string reason = {};   ///< CamelCase; of releases, failures and refusals
  std::string message = {};  ///< for people
  EndReason end = EndReason::kNone;
  std::optional<std::int64_t> grace = std::nullopt;  ///< of kStopTwin, in seconds; nullopt: the twin's own
  std::optional<std::chrono::milliseconds> again_after = std::nullopt;
};

/// The sentence about a twin on another GPU model than the promised one.
std::string gpu_mismatch(const Attempt& attempt, const TwinView& twin);

/// status.reason of a pod whose twin was ended at the limit of its attempt.
std::string_view limit_reason(const Attempt& attempt);

Decision decide(const Situation& s);

// Reasons written to status.reason of a pod that we fail. Stable: users' podFailurePolicy and scripts match
// them.
inline constexpr std::string_view kReasonLost = "BurstTwinLost";
inline constexpr std::string_view kReasonNotStarted = "BurstNotStarted";
inline constexpr std::string_view kReasonLifetimeEnded = "LifetimeEnded";
inline constexpr std::string_view kReasonBudgetEnded = "BudgetEnded";
inline constexpr std::string_view kReasonProviderRemoved = "BurstProviderRemoved";
inline constexpr std::string_view kReasonNotAllowed = "BurstNotAllowed";
inline constexpr std::string_view kReasonRecordMismatch = "BurstRecordMismatch";
/// For a pod that is being deleted, when the end of its containers was not seen.
inline constexpr std::string_view kReasonDeleted = "BurstPodDeleted";

// Not failures: why a pod is not obtained, or its attempt was given up.
inline constexpr std::string_view kReasonSelectedByService = "SelectedByService";
inline constexpr std::string_view kReasonGpuMismatch = "GPUMismatch";

}  // namespace burst
