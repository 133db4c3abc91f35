#include "operator/bursts/burst_controllers.h"

#include <algorithm>

#include "api/may_burst.h"
#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "burst/wind_down.h"
#include "market/offer.h"
#include "market/scores.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLookUnwatched = 5s;

/// Pods that may have to do with bursting; all others never enter the queue.
bool is_relevant(const kube::PodRecord& pod) {
  if (market::is_burst_node(pod.node_name)) return true;
  if (kube::find_value(pod.meta.annotations, burst::kReservedAnnotation)) return true;
  return std::ranges::any_of(pod.tolerations,
                             [](const kube::Toleration& t) { return t.key == burst::kBurstTaint; });
}

/// Its twin has no node yet, and may never get one now that its offer has changed.
bool may_lose_offer(const burst::Burst& burst, const std::string& name,
                    const std::optional<market::Offer>& offer) {
  return burst::is_being_placed(burst) && burst.attempt.offer == name &&
         (!offer || !market::has_room(*offer, burst.gpus));
}

}  // namespace

BurstControllers::BurstControllers(Home& home, RemoteClusters& clusters, OfferTable& offers, LogKeeper& logs,
                                   BurstOptions options)
    : context_{.home = home, .clusters = clusters, .offers = offers, .logs = logs, .options = options},
      // Only a quarter of the workers record ended bursts: pods that wait for their GPUs come first.
      controller_({.name = "bursts", .workers = options.workers, .low_workers = (options.workers + 3) / 4},
                  [this](const std::string& uid) { return reconcile(uid); }),
      provider_events_(home, context_.attempts, context_.references.pods()),
      sweeper_(context_),
      keeper_(home, clusters, context_.references) {
  watch_home();
}

BurstControllers::~BurstControllers() { stop(); }

void BurstControllers::start() {
  wake_all();
  context_.removals.start();
  controller_.start();
  sweeper_.start();
  keeper_.start();
}

void BurstControllers::stop() {
  keeper_.stop();
  sweeper_.stop();
  controller_.stop();
  context_.removals.stop();
}

void BurstControllers::pod_uid_changed(const std::string& pod_uid, kube::Urgency urgency) {
  controller_.queue().add(pod_uid, urgency);
}

void BurstControllers::provider_event(const std::string& provider, const kube::EventRecord& event) {
  provider_events_.heard(provider, event);
}

namespace {

bool says_within_budget(const api::ClaimRecord& claim) {
  const auto condition = std::ranges::find(claim.conditions, "WithinBudget", &api::Condition::type);
  return condition == claim.conditions.end() || condition->status != "False";
}

}  // namespace

void BurstControllers::watch_home() {
  context_.home.pods.on_change([this](const kube::Change<kube::PodRecord>& change) {
    const bool relevant =
        (change.before && is_relevant(*change.before)) || (change.after && is_relevant(*change.after));
    if (!relevant) return;
    context_.index.put(change.any().meta.uid, change.any().meta.key());
    const bool over = change.after && kube::is_terminal(change.after->phase);
    controller_.queue().add(change.any().meta.uid, over ? kube::Urgency::kLow : kube::Urgency::kNormal);
  });
  context_.home.bursts.on_change([this](const kube::Change<api::BurstRecord>& change) {
    const burst::Burst& burst = change.any().burst;
    if (change.after) {
      context_.commitments.update(burst);
      context_.strikes.note(burst);
      context_.attempts.note(burst);
      context_.index.put(burst.pod_uid, {burst.ns, burst.pod_name});
    } else {
      context_.commitments.erase(burst.uid);
      context_.attempts.erase(burst.uid);
    }
    const bool over = !change.after || burst.ended();
    controller_.queue().add(burst.pod_uid, over ? kube::Urgency::kLow : kube::Urgency::kNormal);
  });
  context_.home.claims.on_change([this](const kube::Change<api::ClaimRecord>& change) {
    if (change.before && change.after && change.before->meta.generation == change.after->meta.generation &&
        says_within_budget(*change.before) == says_within_budget(*change.after)) {
      return;
    }
    for (const auto& record : context_.home.bursts.store().all()) {
      const burst::Burst& b = record->burst;
      if (b.ns == change.any().meta.ns && b.claim == change.any().meta.name)
        controller_.queue().add(b.pod_uid);
    }
  });
  context_.home.services.on_change([this](const kube::Change<kube::ServiceRecord>& change) {
    context_.services.apply(change);
    for (const auto& record : context_.home.bursts.store().all()) {
      const burst::Burst& b = record->burst;
      if (b.ns == change.any().meta.ns && !b.ended()) controller_.queue().add(b.pod_uid);
    }
  });
  context_.home.configs.on_change([this](const kube::Change<api::ConfigRecord>&) { wake_all(); });
  context_.home.providers.on_change([this](const kube::Change<api::ProviderRecord>& change) {
    const bool leaving = !change.after || change.after->meta.deleting_since;
    if (!leaving) return;
    for (const auto& record : context_.home.bursts.store().all()) {
      if (record->burst.attempt.provider == change.any().meta.name)
        controller_.queue().add(record->burst.pod_uid);
    }
  });
  context_.offers.on_change([this](const std::string& name) {
    const auto offer = context_.offers.find(name);
    for (const auto& record : context_.home.bursts.store().all()) {
      const burst::Burst& b = record->burst;
      if (burst::waits_for_attempt(b) || may_lose_offer(b, name, offer)) controller_.queue().add(b.pod_uid);
    }
  });
}

void BurstControllers::wake_all() {
  for (const auto& record : context_.home.bursts.store().all())
    controller_.queue().add(record->burst.pod_uid);
}

base::Result<kube::Next> BurstControllers::reconcile(const std::string& pod_uid) {
  auto gathered = gather(context_, pod_uid);
  if (!gathered) return base::fail(std::move(gathered.error()));
  if (!gathered->burst) return without_record(*gathered, pod_uid);
  // A misread attempt could be obtained a second time.
  if (!gathered->burst->problem.empty()) {
    return base::fail(base::Code::kInvalid, "PodBurst " + gathered->burst->meta.key().text() +
                                                " cannot be trusted: " + gathered->burst->problem);
  }
  const burst::Decision decision = burst::decide(gathered->situation);
  if (decision.act != burst::Act::kWait) {
    base::log_debug("burst", {{"pod_uid", pod_uid}, {"act", std::string(burst::to_string(decision.act))}});
  }
  auto next = perform(context_, *gathered, decision);
  // Without a watch no event arrives: the provider's namespaces have changed.
  const burst::Burst& burst = gathered->situation.burst;
  const auto& cluster = gathered->cluster;
  const bool unwatched =
      cluster && burst::may_hold_gpus(burst) && !cluster->namespaces().covers(burst.attempt.remote_namespace);
  if (next && unwatched)
    next->again_after = std::min(next->again_after.value_or(kLookUnwatched), kLookUnwatched);
  return next;
}

base::Result<kube::Next> BurstControllers::without_record(Gathered& g, const std::string& pod_uid) {
  if (!g.pod) {
    context_.index.erase(pod_uid);
    context_.pod_writes.forget(pod_uid);
    context_.mirrored.forget(pod_uid);
    return kube::Next{};
  }
  const kube::PodRecord& pod = *g.pod;
  const bool terminal = kube::is_terminal(pod.phase);
  if (!market::is_burst_node(pod.node_name) || (terminal && !pod.meta.deleting_since)) return kube::Next{};
  // No conclusion from a cache here: a record may be on its way.
  auto record = context_.home.client.get(api::kBursts, pod.meta.ns, burst::burst_name(pod_uid));
  if (record) return kube::Next{200ms};
  if (!record.error().is(base::Code::kNotFound)) return base::fail(std::move(record.error()));

  const bool was_reserved = kube::find_value(pod.meta.annotations, burst::kReservedAnnotation) != nullptr;
  if (pod.meta.deleting_since) {
    if (was_reserved) {
      auto stopped = stop_unrecorded_twins(pod);
      if (!stopped) return base::fail(std::move(stopped.error()));
      if (!*stopped) return kube::Next{500ms};
    }
    return terminal ? remove_pod(context_, g) : fail_pod(context_, g, burst::fail_deleted_pod());
  }
  auto claim = claim_of(context_.home, pod);
  if (api::is_of_daemon_set(pod) || !claim) {
    context_.home.events.record({"v1", "Pod", pod.meta.key(), pod.meta.uid}, kube::EventType::kWarning,
                                "NotBursted", "Burst",
                                "bound to a burst node, but no GPUCapacityClaim of namespace " + pod.meta.ns +
                                    " lets it run there; it waits");
    return kube::Next{};
  }
  if (was_reserved) {
    burst::Decision lost{.act = burst::Act::kFailPod,
                         .blame = burst::Blame::kHome,
                         .reason = std::string(burst::kReasonRecordMismatch),
                         .message = "the PodBurst of this pod was removed while it was bound to a twin"};
    return fail_pod(context_, g, lost);
  }
  if (auto created = create_record(context_, pod, claim->meta.name); !created) {
    return base::fail(std::move(created.error()));
  }
  return kube::Next{};
}

base::Result<bool> BurstControllers::stop_unrecorded_twins(const kube::PodRecord& pod) {
  const auto node = context_.home.nodes.store().get({{}, pod.node_name});
  const std::string* provider = node ? kube::find_value(node->meta.labels, "neoburst.io/provider") : nullptr;
  bool none = true;
  for (const auto& cluster : context_.clusters.all()) {
    // A list that is not full shows nothing; only the provider that the pod is bound to can have run it.
    if (!cluster->synced() && (provider == nullptr || *provider == cluster->name())) none = false;
    for (const auto& twin : cluster->twins()) {
      const std::string* uid = kube::find_value(twin->meta.labels, burst::kPodUidLabel);
      if (!uid || *uid != pod.meta.uid) continue;
      none = false;
      if (twin->meta.deleting_since || !cluster->sweeping_allowed()) continue;
      auto anchor = cluster->config_maps().get({twin->meta.ns, burst::anchor_name(twin->meta.name)});
      auto removed = remove_attempt(
          *cluster, {twin->meta.ns, twin->meta.name, anchor ? anchor->meta.uid : "", twin->meta.uid},
          std::nullopt);
      if (!removed)
        return base::fail(std::move(removed.error()).with_context("stopping a twin without a record"));
    }
  }
  return none;
}

}  // namespace op
