#pragma once

#include <memory>
#include <string>

#include "api/records.h"
#include "base/recent_set.h"
#include "burst/commitment_book.h"
#include "burst/decide.h"
#include "kube/runtime/write_memory.h"
#include "operator/bursts/attempt_index.h"
#include "operator/bursts/batch_planner.h"
#include "operator/bursts/burst_options.h"
#include "operator/bursts/first_seen.h"
#include "operator/bursts/mirror_memory.h"
#include "operator/bursts/offer_strikes.h"
#include "operator/bursts/pod_index.h"
#include "operator/bursts/removals.h"
#include "operator/bursts/service_index.h"
#include "operator/home/home.h"
#include "operator/logs/log_keeper.h"
#include "operator/offers/offer_table.h"
#include "operator/references/references.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Shared by every part of the burst controller; owned by BurstControllers.
struct BurstContext {
  Home& home;
  RemoteClusters& clusters;
  OfferTable& offers;
  LogKeeper& logs;
  BurstOptions options;
  PodIndex index = {};
  AttemptIndex attempts = {};
  ServiceIndex services = {};
  burst::CommitmentBook commitments = {};
  OfferStrikes strikes = {};
  BatchPlanner planner = {};
  kube::WriteMemory<kube::PodRecord> pod_writes = {};
  kube::WriteMemory<api::BurstRecord> burst_writes = {};
  /// The status last written to each pod, so that a status is written once.
  MirrorMemory mirrored = {};
  /// Attempts whose twin was created a moment ago: it is not absent, only not seen yet.
  base::RecentSet created_twins{std::chrono::seconds(2)};
  /// The same for their `go`.
  base::RecentSet created_gos{std::chrono::seconds(2)};
  /// When attempts were placed, and when their `go` was there, by our own clock.
  FirstSeen placed = {};
  FirstSeen gos = {};
  /// Attempts whose twin has a status that cannot be reported.
  base::RecentSet unreadable{std::chrono::minutes(1)};
  /// Ephemeral containers that could not be added to their twin; retried after that.
  base::RecentSet refused_containers{std::chrono::seconds(30)};
  Removals removals{clusters, home.installation};
  References references{home.client, home.installation};
};

/// The world around one pod: the situation to decide on, and the records behind it.
struct Gathered {
  burst::Situation situation;
  std::shared_ptr<const kube::PodRecord> pod;
  std::shared_ptr<const api::BurstRecord> burst;
  std::shared_ptr<const api::ClaimRecord> claim;
  std::shared_ptr<RemoteCluster> cluster;  ///< of the present attempt
  std::shared_ptr<const RemotePod> twin;   ///< from the cache; as last seen where it is absent
};

/// Reads the caches; asks the API servers only to confirm that something is absent. `burst` may be null in
/// the result: then there is no record, and the situation is empty. Fails like the requests it makes.
base::Result<Gathered> gather(BurstContext& context, const std::string& pod_uid);

/// When the twin of the present attempt was placed, by our clock; nullopt where that was not seen.
std::optional<base::Time> placed_at(const Gathered& gathered);
/// A moment that the twin's cluster gives, by our clock; not after `seen`.
base::Time by_our_clock(const Gathered& gathered, base::Time theirs, base::Time seen);

/// The claim under which this pod may burst (api/may_burst.h), or null.
std::shared_ptr<const api::ClaimRecord> claim_of(const Home& home, const kube::PodRecord& pod);
/// Why nothing new may be obtained under `claim` for this pod (any pod, where it is null), "" when it may.
/// `claim` may be null.
std::string claim_problem(const api::ClaimRecord* claim, const kube::PodRecord* pod);

}  // namespace op
