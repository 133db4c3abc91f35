#include "operator/bursts/gather.h"

#include <algorithm>

#include "api/may_burst.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "market/match.h"
#include "market/scores.h"
#include "operator/bursts/twin_view.h"
#include "operator/claims/claim_status.h"
#include "operator/offers/node_dialect.h"

namespace op {
namespace {

using namespace std::chrono_literals;

/// Deadlines from choosing an offer to a placed twin, by how its capacity is known.
constexpr auto kObservedDeadline = 60s;
constexpr auto kDeclaredDeadline = 120s;
constexpr auto kAutoscalingDeadline = 900s;

burst::PodView pod_view_of(const kube::PodRecord& pod) {
  burst::PodView view;
  view.node = pod.node_name;
  if (const std::string* text = kube::find_value(pod.meta.annotations, burst::kReservedAnnotation)) {
    view.reserved = burst::parse_reservation(*text);
  }
  view.deleting = pod.meta.deleting_since.has_value();
  view.delete_by = pod.meta.deleting_since;
  view.grace_seconds = pod.meta.deletion_grace_seconds;
  view.phase = phase_of(pod.phase);
  view.reason = pod.reason;
  return view;
}

/// Reads one pod of the provider past the cache.
base::Result<std::shared_ptr<const RemotePod>> get_twin(RemoteCluster& cluster,
                                                        const burst::Attempt& attempt) {
  auto reply = cluster.client().send(kube::get_request(kube::kPods, attempt.remote_namespace, attempt.name));
  if (!reply) {
    if (reply.error().is(base::Code::kNotFound)) return std::shared_ptr<const RemotePod>();
    return base::fail(std::move(reply.error()));
  }
  auto twin = kube::decode_text<RemotePod>(reply->body, decode_remote_pod);
  if (!twin) return base::fail(std::move(twin.error()));
  return std::make_shared<const RemotePod>(std::move(*twin));
}

/// A ConfigMap of ours as the cache has it, null when there is none. A namespace that the provider's spec no
/// longer names is not watched: there it is read.
base::Result<std::shared_ptr<const kube::MetaRecord>> find_config_map(RemoteCluster& cluster,
                                                                      const std::string& ns,
                                                                      const std::string& name) {
  if (cluster.namespaces().covers(ns)) return cluster.config_maps().get({ns, name});
  auto reply = cluster.client().send(kube::get_request(kube::kConfigMaps, ns, name));
  if (!reply) {
    if (reply.error().is(base::Code::kNotFound)) return std::shared_ptr<const kube::MetaRecord>();
    return base::fail(std::move(reply.error()));
  }
  auto record = kube::decode_text<kube::MetaRecord>(reply->body, kube::decode_meta);
  if (!record) return base::fail(std::move(record.error()));
  return std::make_shared<const kube::MetaRecord>(std::move(*record));
}

/// The home pod: cache and own writes first, a live GET before "gone" is said.
base::Result<std::shared_ptr<const kube::PodRecord>> find_pod(BurstContext& c, const kube::ObjectKey& key,
                                                              const std::string& uid) {
  auto cached = c.home.pods.store().get(key);
  if (cached && cached->meta.uid == uid) return c.pod_writes.current(cached);
  c.pod_writes.forget(uid);
  auto reply = c.home.client.send(kube::get_request(kube::kPods, key.ns, key.name));
  if (!reply) {
    if (reply.error().is(base::Code::kNotFound)) return std::shared_ptr<const kube::PodRecord>();
    return base::fail(std::move(reply.error()));
  }
  auto live = kube::decode_text<kube::PodRecord>(reply->body, kube::decode_pod);
  if (!live) return base::fail(std::move(live.error()));
  if (live->meta.uid != uid) return std::shared_ptr<const kube::PodRecord>();
  return std::make_shared<const kube::PodRecord>(std::move(*live));
}

burst::Deadlines deadlines_of(const BurstContext& c, const api::ProviderRecord* provider,
                              const api::ClaimRecord* claim) {
  burst::Deadlines d;
  d.bound = c.options.bind_deadline;
  if (provider) {
    switch (provider->capacity_mode) {
      case api::CapacityMode::kObserved:
        d.placed = kObservedDeadline;
        break;
      case api::CapacityMode::kDeclared:
        d.placed = kDeclaredDeadline;
        break;
      case api::CapacityMode::kAutoscaling:
        d.placed = kAutoscalingDeadline;
        break;
    }
    // "Unschedulable" is final only where nothing will be added.
    if (provider->capacity_mode != api::CapacityMode::kObserved) d.unschedulable = d.placed;
    if (provider->provisioning_deadline.count() > 0) d.placed = provider->provisioning_deadline;
  }
  if (claim) {
    if (claim->rules.provisioning_deadline.count() > 0) d.placed = claim->rules.provisioning_deadline;
    d.started = claim->rules.start_deadline;
  }
  return d;
}

/// Why `claim` cannot obtain anything for a pod that is bound to `node`, "" when it can.
std::string why_not_obtainable(const BurstContext& c, const api::ClaimRecord& claim,
                               const std::string& node) {
  for (const market::Offer& offer : c.offers.current()) {
    if (market::burst_node_name(offer.name) == node) return market::judge(claim.rules, offer).reason;
  }
  return "there is no offer behind burst node " + node + " any more";
}

/// Whether the twin's node, where it can be read, has the model of the offer.
void gather_model(const RemoteCluster& cluster, const api::ProviderRecord& provider,
                  const burst::Attempt& attempt, burst::TwinView& twin) {
  if (twin.node.empty() || attempt.gpu_model.empty() || !provider.facts || cluster.nodes() == nullptr) return;
  const auto node = cluster.nodes()->get({{}, twin.node});
  twin.node_unseen = node == nullptr;
  if (!node) return;
  const std::string model = kind_of(*node, *provider.facts).gpu.model;
  if (model != attempt.gpu_model) twin.other_gpu = model;
}

/// The twin of the attempt, its times by our clock.
burst::TwinView twin_view_by_our_clock(BurstContext& c, const Gathered& g) {
  const burst::Burst& burst = g.situation.burst;
  burst::TwinView view = twin_view_of(*g.twin, burst.attempt);
  view.unreadable = c.unreadable.contains(burst.attempt.name);
  if (view.node.empty()) return view;
  const base::Time seen = c.placed.note(burst.attempt.name, g.situation.now);
  if (burst.placed_at) {
    view.placed_at = burst.placed_at;
  } else if (view.placed_at && g.twin->meta.created) {
    const base::Time asked = burst.obtaining_at.value_or(burst.requested);
    const auto at_least =
        by_our_clock(*view.placed_at, {.theirs = *g.twin->meta.created, .ours = asked}, seen);
    // After a crash it was created later than it was asked for: then its provider is believed.
    view.placed_at = std::clamp(*view.placed_at, at_least, seen);
  } else {
    view.placed_at = seen;
  }
  return view;
}

/// When `go` was created, by our clock.
base::Time go_time(BurstContext& c, const Gathered& g, const kube::MetaRecord& go) {
  const base::Time seen = c.gos.note(g.situation.burst.attempt.name, g.situation.now);
  return go.meta.created ? by_our_clock(g, *go.meta.created, seen) : seen;
}

/// Fills in the provider's side of the attempt.
base::Outcome gather_remote(BurstContext& c, Gathered& g,
                            const std::shared_ptr<const api::ProviderRecord>& provider) {
  burst::RemoteView& remote = g.situation.remote;
  const burst::Attempt& attempt = g.situation.burst.attempt;
  remote.leaving = !provider || provider->meta.deleting_since.has_value();
  g.cluster = c.clusters.find(attempt.provider);
  if (!g.cluster) {
    remote.link = provider ? burst::Link::kUnreachable : burst::Link::kGone;
    return {};
  }
  if (!g.cluster->synced()) return {};
  remote.link = burst::Link::kConnected;
  const std::string& ns = attempt.remote_namespace;
  const auto anchor = find_config_map(*g.cluster, ns, burst::anchor_name(attempt.name));
  const auto go = find_config_map(*g.cluster, ns, burst::go_name(attempt.name));
  if (!anchor || !go) {
    remote.link = burst::Link::kUnreachable;
    return {};
  }
  remote.anchor = *anchor != nullptr;
  g.twin = g.cluster->twin(ns, attempt.name);
  if (!g.twin && burst::may_hold_gpus(g.situation.burst) && !c.created_twins.contains(attempt.name)) {
    auto live = get_twin(*g.cluster, attempt);
    if (!live) {
      remote.link = burst::Link::kUnreachable;
      return {};
    }
    g.twin = *live;
    remote.twin_absent = g.twin == nullptr;
    if (remote.twin_absent && !remote.anchor) {  // the cache may only lag behind our own creation
      auto live_anchor = g.cluster->client().get(kube::kConfigMaps, ns, burst::anchor_name(attempt.name));
      remote.anchor = live_anchor.has_value();
    }
  }
  if (remote.twin_absent) {
    g.twin = g.cluster->departed(attempt.name);
    if (g.twin) remote.last = twin_view_by_our_clock(c, g);
  } else if (g.twin) {
    remote.twin = twin_view_by_our_clock(c, g);
    if (provider) gather_model(*g.cluster, *provider, attempt, *remote.twin);
    if (!remote.twin->node.empty()) c.commitments.placed(g.burst->meta.uid, attempt.number);
  }
  if (*go) {
    remote.go_created = go_time(c, g, **go);
  } else if (c.created_gos.contains(attempt.name)) {
    remote.go_created = g.situation.now;
  }
  return {};
}

/// Whether the offer of an attempt can still place its twin. Only observed nodes can be seen to be full.
void gather_offer(BurstContext& c, Gathered& g, const api::ProviderRecord* provider) {
  burst::Situation& s = g.situation;
  const auto offer = c.offers.find(s.burst.attempt.offer);
  if (offer && g.claim) s.denied = market::judge(g.claim->rules, *offer).reason;
  if (!g.cluster || !g.cluster->capacity_synced() || !provider) return;
  s.offer_gone = !offer;
  s.offer_full = offer && provider->capacity_mode == api::CapacityMode::kObserved &&
                 !market::has_room(*offer, s.burst.gpus);
}

/// Why `claim` does not apply to this pod, whether or not it may spend now.
std::string selection_problem(const api::ClaimRecord* claim, const kube::PodRecord* pod) {
  if (!claim) return "its GPUCapacityClaim no longer exists";
  const std::string name = "GPUCapacityClaim " + claim->meta.name;
  if (const auto unusable = api::why_unusable(*claim)) {
    switch (*unusable) {
      case api::Unusable::kBeingDeleted:
        return "its GPUCapacityClaim is being deleted";
      case api::Unusable::kInvalid:
        return name + " is invalid: " + claim->problem;
      case api::Unusable::kSwitchedOff:
        return name + " says Never";
    }
  }
  if (pod && !api::selects(*claim, api::traits_of(*pod))) return name + " no longer selects this pod";
  return {};
}

/// Why the pod is not to burst at all now, "" when it may.
std::string why_kept_home(const BurstContext& c, const api::ClaimRecord& claim, const kube::PodRecord& pod) {
  if (claim.rules.services == market::ServicePods::kAllow) return {};
  const std::string service = c.services.selecting(pod);
  if (service.empty()) return {};
  return "Service " + service + " selects the pod, which would have no address at home; " +
         "let GPUCapacityClaim " + claim.meta.name +
         " say spec.network.services: Allow, or change the labels";
}

}  // namespace

std::optional<base::Time> placed_at(const Gathered& g) {
  const burst::Burst& burst = g.situation.burst;
  if (burst.placed_at) return burst.placed_at;
  const burst::RemoteView& remote = g.situation.remote;
  const auto& twin = remote.twin ? remote.twin : remote.last;
  // The gathered twin may be of the attempt before.
  if (!twin || !g.twin || g.twin->meta.name != burst.attempt.name) return std::nullopt;
  return twin->placed_at;
}

base::Time by_our_clock(const Gathered& g, base::Time theirs, base::Time seen) {
  const auto placed = g.twin ? placed_time(*g.twin) : std::nullopt;
  const auto ours = placed_at(g);
  if (!placed || !ours) return std::min(theirs, seen);
  return by_our_clock(theirs, {.theirs = *placed, .ours = *ours}, seen);
}

std::string claim_problem(const api::ClaimRecord* claim, const kube::PodRecord* pod) {
  std::string problem = selection_problem(claim, pod);
  return problem.empty() ? claim->stopped : problem;
}

std::shared_ptr<const api::ClaimRecord> claim_of(const Home& home, const kube::PodRecord& pod) {
  std::shared_ptr<const api::ClaimRecord> best;
  const auto claims = home.all_claims();
  api::ClaimChoice choice(api::traits_of(pod));
  for (const auto& claim : claims) {
    if (choice.consider(*claim)) best = claim;
  }
  return best;
}

base::Result<Gathered> gather(BurstContext& c, const std::string& pod_uid) {
  Gathered g;
  g.situation.now = c.home.clock.now();
  const auto where = c.index.find(pod_uid);
  if (!where) return g;
  g.burst = c.burst_writes.current(c.home.bursts.store().get({where->ns, burst::burst_name(pod_uid)}));
  auto pod = find_pod(c, *where, pod_uid);
  if (!pod) return base::fail(std::move(pod.error()));
  g.pod = std::move(*pod);
  if (!g.burst) return g;

  burst::Situation& s = g.situation;
  s.burst = g.burst->burst;
  if (g.pod) s.pod = pod_view_of(*g.pod);
  g.claim = c.home.claim({where->ns, s.burst.claim});
  s.claim_problem = claim_problem(g.claim.get(), g.pod.get());
  s.claim_usable = s.claim_problem.empty();
  if (g.claim) {
    s.after = g.claim->rules.after;
    s.terminate = why_terminate(*g.claim, s.now);
    if (g.pod) s.kept_home = why_kept_home(c, *g.claim, *g.pod);
  }

  const burst::Attempt& attempt = s.burst.attempt;
  s.deadlines.bound = c.options.bind_deadline;
  if (g.pod && g.claim && market::is_burst_node(g.pod->node_name) &&
      !burst::has_unreleased_attempt(s.burst)) {
    s.node_denied = why_not_obtainable(c, *g.claim, g.pod->node_name);
  }
  if (attempt.number == 0) return g;
  auto provider = c.home.provider(attempt.provider);
  s.deadlines = deadlines_of(c, provider.get(), g.claim.get());
  if (auto filled = gather_remote(c, g, provider); !filled) return base::fail(std::move(filled.error()));
  gather_offer(c, g, provider.get());
  return g;
}

}  // namespace op
