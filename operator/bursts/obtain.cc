#include <algorithm>

#include "base/log.h"
#include "burst/choose.h"
#include "burst/names.h"
#include "burst/translate.h"
#include "operator/bursts/actions.h"
#include "operator/offers/node_dialect.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A pod that waits longer than this gets the reason; a shorter wait is not worth a write.
constexpr auto kTellAfter = 2s;
/// The cluster's controllers set up a new namespace within a moment.
constexpr auto kFurnished = 500ms;
/// Offers wake waiting bursts; this is the safety net.
constexpr auto kLookForOffersAgain = 30s;

burst::Attempt next_attempt(const burst::Burst& b, const burst::Choice& choice,
                            const std::string& claim_currency, const std::string& remote_namespace) {
  const market::Offer& offer = *choice.offer;
  burst::Attempt a;
  a.number = b.attempt.number + 1;
  a.name = burst::attempt_name(b.pod_name, b.pod_uid, b.uid, a.number);
  a.offer = offer.name;
  a.provider = offer.provider;
  a.region = offer.region;
  a.country = offer.country;
  a.jurisdiction = offer.jurisdiction;
  a.node = market::burst_node_name(offer.name);
  a.remote_namespace = remote_namespace;
  if (offer.price) a.price = *offer.price;
  a.claim_price = choice.claim_price;
  a.claim_currency = claim_currency;
  a.gpu_model = offer.gpu.model;
  a.capacity_type = offer.capacity_type;
  a.limit_seconds = choice.limit_seconds;
  a.limit_reason = choice.limit_reason;
  return a;
}

/// The whole pod, at least as new as the one that was decided on. NotFound and Conflict (another UID, bound
/// meanwhile) send the caller back to gather.
base::Result<json> read_pod(BurstContext& c, const Gathered& g) {
  auto pod = c.home.client.get(kube::kPods, g.pod->meta.ns, g.pod->meta.name, g.pod->meta.resource_version);
  if (!pod) return pod;
  if ((*pod)["metadata"].value("uid", "") != g.pod->meta.uid) {
    return base::fail(base::Code::kConflict, "the pod was replaced");
  }
  if ((*pod)["spec"].value("nodeName", "") != g.pod->node_name) {
    return base::fail(base::Code::kConflict, "the pod was bound meanwhile");
  }
  return pod;
}

/// The anchor of the attempt: created now, or by an earlier try. Returns its UID.
base::Result<std::string> ensure_anchor(RemoteCluster& cluster, const burst::TwinContext& context) {
  const std::string& ns = context.burst.attempt.remote_namespace;
  auto created = cluster.client().create_for_metadata(kube::kConfigMaps, ns, burst::make_anchor(context));
  if (created) return std::move(created->uid);
  if (!created.error().is(base::Code::kAlreadyExists)) return base::fail(std::move(created.error()));
  auto found = cluster.client().get(kube::kConfigMaps, ns, burst::anchor_name(context.burst.attempt.name));
  if (!found) return base::fail(std::move(found.error()));
  const json& metadata = (*found)["metadata"];
  const json labels = metadata.value("labels", json::object());
  const bool ours = labels.value(std::string(burst::kInstallationLabel), "") == context.installation &&
                    labels.value(std::string(burst::kPodUidLabel), "") == context.burst.pod_uid;
  if (!ours || metadata.contains("deletionTimestamp")) {
    return base::fail(base::Code::kInvalid, "a foreign ConfigMap has the name of the anchor");
  }
  return metadata.value("uid", "");
}

/// Records that `offer` refused (or did not answer); the next reconcile tries another.
base::Result<kube::Next> record_refusal(BurstContext& c, Gathered& g, const std::string& offer,
                                        const base::Status& why) {
  c.commitments.cancel(g.situation.burst);
  tell_refusal(c, g, offer, why.message);
  burst::Burst b = g.situation.burst;
  b.attempt.number += 1;  // the refused one has used its number: its anchor may exist
  b.attempt.released = true;
  b.attempt.name = burst::attempt_name(b.pod_name, b.pod_uid, b.uid, b.attempt.number);
  b.attempt.offer = offer;
  refuse(b, offer, "Refused", why.message, g.situation.now);
  b.message = "offer " + offer + " refused: " + why.message;
  base::log_info("an offer refused a burst",
                 {{"burst", b.ns + "/" + b.name}, {"offer", offer}, {"why", why.text()}});
  if (auto written = write_burst(c, g, b); !written) return base::fail(std::move(written.error()));
  return kube::Next{1ms};
}

base::Outcome create_twin(BurstContext& c, RemoteCluster& cluster, const json& pod, const burst::Burst& b) {
  auto twin = burst::make_twin(pod, twin_context(c, b));
  if (!twin) return base::fail(std::move(twin.error()));
  auto request = kube::create_request(kube::kPods, b.attempt.remote_namespace, twin->dump());
  kube::want_metadata_only(request);
  // A field that an older provider does not know must not be lost silently: it is the offer's refusal.
  kube::refuse_unknown_fields(request);
  auto created = cluster.client().send(std::move(request));
  if (!created && !created.error().is(base::Code::kAlreadyExists))
    return base::fail(std::move(created.error()));
  c.created_twins.add(b.attempt.name);
  return {};
}

/// The provider did not take the twin: the attempt is given up, and the next offer tried.
base::Result<kube::Next> twin_refused(BurstContext& c, Gathered& g, const base::Status& why) {
  const burst::Attempt& attempt = g.situation.burst.attempt;
  if (why.is(base::Code::kConflict)) return base::fail(why);
  if (c.references.is_too_early(*g.cluster, attempt.remote_namespace, why)) return kube::Next{kFurnished};
  tell_refusal(c, g, attempt.offer, why.message);
  return perform(c, g,
                 {.act = burst::Act::kRelease,
                  .blame = burst::Blame::kOffer,
                  .reason = "Refused",
                  .message = why.message});
}

/// Bound to its burst node for as long as a reservation lasts: so no edit under way keeps it from running
/// there.
bool is_stuck(const Gathered& g) {
  const burst::Situation& s = g.situation;
  return market::is_burst_node(g.pod->node_name) && s.now >= s.burst.requested + s.deadlines.bound;
}

/// `offers` must outlive the result, which points into it.
burst::Choice choose_offer(BurstContext& c, const Gathered& g, const std::vector<market::Offer>& offers) {
  std::vector<const market::Offer*> pointers;
  for (const market::Offer& o : offers) pointers.push_back(&o);
  const api::ClaimRecord& claim = *g.claim;
  const std::string planned = c.planner.offer_for(c, g, offers);
  const burst::Burst wanting = with_strikes(g.situation.burst, c.strikes.current(g.situation.now));
  return c.commitments.reserve(g.situation.burst, claim.rules, c.home.book, g.situation.now,
                               [&](const burst::Holdings& holdings) {
                                 return burst::choose(claim.rules, pointers, wanting, holdings,
                                                      g.pod->node_name, g.situation.now, planned);
                               });
}

}  // namespace

burst::TwinContext twin_context(const BurstContext& c, const burst::Burst& b) {
  burst::TwinContext context{c.home.installation, b};
  if (auto offer = c.offers.find(b.attempt.offer)) context.nodes = offer->node_requirements;
  if (const auto provider = c.home.provider(b.attempt.provider)) {
    context.policy = provider->policy;
    if (provider->facts) context.tolerations = tolerations_of(*provider->facts, b.attempt.capacity_type);
  }
  return context;
}

base::Result<kube::Next> keep_waiting(BurstContext& c, Gathered& g, const std::string& why,
                                      std::optional<base::Time> retry_at) {
  const base::Time now = g.situation.now;
  kube::Next next{kLookForOffersAgain};
  if (retry_at)
    next.again_after = std::max(1ms, std::chrono::ceil<std::chrono::milliseconds>(*retry_at - now));
  burst::Burst b = g.situation.burst;
  if (b.message == why) return next;
  if (now < b.requested + kTellAfter) {
    next.again_after = std::min(*next.again_after,
                                std::chrono::ceil<std::chrono::milliseconds>(b.requested + kTellAfter - now));
    return next;
  }
  b.message = why;
  if (auto written = write_burst(c, g, b); !written) return base::fail(std::move(written.error()));
  return next;
}

base::Result<kube::Next> obtain(BurstContext& c, Gathered& g) {
  // 1. Choose under the lock of the CommitmentBook: law, then price, then room and money. A pod that must
  // wait costs no request.
  const std::vector<market::Offer> offers = c.offers.current();
  const burst::Choice choice = choose_offer(c, g, offers);
  if (choice.offer == nullptr) return keep_waiting(c, g, choice.waiting_for, choice.retry_at);
  const market::Offer& offer = *choice.offer;
  auto cluster = c.clusters.find(offer.provider);
  if (!cluster || !cluster->synced()) {
    c.commitments.cancel(g.situation.burst);
    return keep_waiting(c, g, "provider " + offer.provider + " is being connected", g.situation.now + 1s);
  }
  // 2. The pod as it is now, whether it can be carried there, and what it refers to.
  auto pod = read_pod(c, g);
  if (!pod) {
    c.commitments.cancel(g.situation.burst);
    return base::fail(std::move(pod.error()));
  }
  auto remote_namespace = cluster->namespaces().of(g.pod->meta.ns);
  if (!remote_namespace) return record_refusal(c, g, offer.name, remote_namespace.error());
  burst::Burst b = g.situation.burst;
  b.attempt = next_attempt(b, choice, g.claim->rules.currency, *remote_namespace);
  b.obtaining_at = g.situation.now;
  b.placed_at.reset();
  b.message = "obtaining " + offer.name;
  auto prepared = prepare(c, g, *cluster, *pod, twin_context(c, b));
  if (!prepared || prepared->kind == Preparation::Kind::kWait) c.commitments.cancel(g.situation.burst);
  if (!prepared) return base::fail(std::move(prepared.error()));
  if (prepared->kind == Preparation::Kind::kWait) {
    if (prepared->unfit && is_stuck(g)) {
      return fail_pod(c, g,
                      {.act = burst::Act::kFailPod,
                       .blame = burst::Blame::kPod,
                       .reason = std::string(burst::kReasonNotAllowed),
                       .message = prepared->message});
    }
    return keep_waiting(c, g, prepared->message, g.situation.now + prepared->again_after);
  }
  if (prepared->kind == Preparation::Kind::kRefused) {
    return record_refusal(c, g, offer.name, {base::Code::kForbidden, prepared->message, std::nullopt});
  }
  // 3. Anchor, record, twin: in this order (R2).
  auto anchor = ensure_anchor(*cluster, twin_context(c, b));
  if (!anchor && c.references.is_too_early(*cluster, *remote_namespace, anchor.error())) {
    c.commitments.cancel(g.situation.burst);
    return kube::Next{kFurnished};
  }
  if (!anchor) return record_refusal(c, g, offer.name, anchor.error());
  b.attempt.anchor_uid = *anchor;
  if (auto written = write_burst(c, g, b); !written) {
    c.commitments.cancel(g.situation.burst);
    // The loser of the compare-and-set removes its anchor. A lost reply is different: the record may stand.
    if (written.error().is(base::Code::kConflict)) {
      auto latest = c.home.client.get(api::kBursts, b.ns, b.name);
      const json recorded =
          latest ? latest->value("status", json::object()).value("attempt", json::object()) : json();
      if (latest && recorded.value("anchorUID", "") != *anchor) {
        (void)remove_attempt(*cluster, {b.attempt.remote_namespace, b.attempt.name, *anchor, {}},
                             std::nullopt);
      }
    }
    return base::fail(std::move(written.error()));
  }
  base::log_info("obtaining", {{"burst", b.ns + "/" + b.name}, {"pod", b.pod_name}, {"offer", offer.name}});
  g.cluster = cluster;
  if (auto created = create_twin(c, *cluster, *pod, g.situation.burst); !created) {
    return twin_refused(c, g, created.error());
  }
  return kube::Next{};
}

base::Result<kube::Next> ensure_twin(BurstContext& c, Gathered& g) {
  auto pod = read_pod(c, g);
  if (!pod) return base::fail(std::move(pod.error()));
  // Again: the crash that brought us here may have come before, and the copies may be gone since.
  auto prepared = prepare(c, g, *g.cluster, *pod, twin_context(c, g.situation.burst));
  if (!prepared) return base::fail(std::move(prepared.error()));
  if (prepared->kind != Preparation::Kind::kReady) {
    const bool missing = prepared->kind == Preparation::Kind::kWait;
    return perform(c, g,
                   {.act = burst::Act::kRelease,
                    .blame = missing ? burst::Blame::kPod : burst::Blame::kOffer,
                    .reason = missing ? "ReferencesMissing" : "Refused",
                    .message = prepared->message});
  }
  if (auto created = create_twin(c, *g.cluster, *pod, g.situation.burst); !created) {
    return twin_refused(c, g, created.error());
  }
  return kube::Next{};
}

base::Result<kube::Next> start_twin(BurstContext& c, Gathered& g) {
  const burst::Attempt& a = g.situation.burst.attempt;
  auto created = g.cluster->client().create_for_metadata(kube::kConfigMaps, a.remote_namespace,
                                                         burst::make_go(twin_context(c, g.situation.burst)));
  if (!created && !created.error().is(base::Code::kAlreadyExists)) {
    return base::fail(std::move(created.error()).with_context("starting the twin"));
  }
  c.created_gos.add(a.name);
  base::log_info("started", {{"pod", g.pod->meta.key().text()}, {"twin", a.name}, {"provider", a.provider}});
  return kube::Next{};
}

}  // namespace op
