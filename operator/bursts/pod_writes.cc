#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "burst/cost.h"
#include "burst/mirror.h"
#include "burst/names.h"
#include "operator/bursts/actions.h"
#include "operator/bursts/ephemeral_containers.h"
#include "operator/bursts/gpu_mismatch.h"
#include "operator/bursts/twin_view.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A record may lag a running twin by this much; the pod itself never does.
constexpr auto kRecordRunningAfter = 3s;

std::vector<burst::HomeCondition> home_conditions(const kube::PodRecord& pod) {
  std::vector<burst::HomeCondition> out;
  for (const kube::PodCondition& c : pod.conditions)
    out.push_back({c.type, c.status, c.reason, c.message, c.changed, c.observed_generation});
  return out;
}

std::string followed_by_commas(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + ",";
  return text;
}

base::Outcome patch(BurstContext& c, Gathered& g, json body, std::string_view subresource) {
  body["metadata"]["uid"] = g.pod->meta.uid;
  body["metadata"]["resourceVersion"] = g.pod->meta.resource_version;
  auto reply = c.home.client.send(kube::patch_request(kube::kPods, g.pod->meta.ns, g.pod->meta.name,
                                                      kube::PatchType::kMerge, body.dump(), subresource));
  if (!reply)
    return base::fail(std::move(reply.error()).with_context("writing pod " + g.pod->meta.key().text()));
  auto after = kube::decode_text<kube::PodRecord>(reply->body, kube::decode_pod);
  if (!after) return base::fail(std::move(after.error()));
  auto pointer = std::make_shared<const kube::PodRecord>(std::move(*after));
  c.pod_writes.wrote(g.pod->meta.resource_version, pointer);
  g.pod = std::move(pointer);
  return {};
}

bool is_of_replica_set(const kube::PodRecord& pod) {
  return std::ranges::any_of(
      pod.meta.owners, [](const kube::OwnerReference& o) { return o.controller && o.kind == "ReplicaSet"; });
}

std::string describe(const BurstContext& c, const burst::Attempt& a) {
  auto offer = c.offers.find(a.offer);
  const std::string model = offer && !offer->gpu.model.empty() ? offer->gpu.model : "GPU";
  return model + " at " + a.provider + " (" + a.region + ", " + a.country + "), " +
         market::format_money(a.price.per_gpu_hour) + " " + a.price.currency + " per GPU-hour";
}

/// Keeps what `kubectl get bursts` shows of a running pod's cost in sight of the truth, ever more rarely.
base::Result<kube::Next> note_cost(BurstContext& c, Gathered& g) {
  const auto wait = burst::cost_note_due(g.situation.burst, g.situation.now);
  if (!wait) return kube::Next{};
  if (*wait > 0ms) return kube::Next{*wait};
  if (auto ok = write_burst(c, g, g.situation.burst); !ok) return base::fail(std::move(ok.error()));
  return kube::Next{burst::cost_note_due(g.situation.burst, g.situation.now)};
}

/// Brings the record up to date once its twin has run for a while: what ends sooner is recorded when it ends.
base::Result<kube::Next> record_running(BurstContext& c, Gathered& g) {
  if (g.situation.burst.started_at) return note_cost(c, g);
  if (g.twin->phase != kube::PodPhase::kRunning) return kube::Next{};
  burst::Burst b = g.situation.burst;
  b.started_at = twin_times(*g.twin).started.value_or(g.situation.now);
  if (const auto due = *b.started_at + kRecordRunningAfter; g.situation.now < due) {
    return kube::Next{std::chrono::ceil<std::chrono::milliseconds>(due - g.situation.now)};
  }
  if (!b.placed_at) b.placed_at = placed_time(*g.twin).value_or(g.situation.now);
  b.attempt.remote_node = g.twin->node_name;
  b.message = "running on " + b.attempt.remote_node + " at " + b.attempt.provider;
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  return note_cost(c, g);
}

}  // namespace

base::Outcome patch_pod(BurstContext& c, Gathered& g, json changes) {
  return patch(c, g, {{"metadata", std::move(changes)}}, {});
}

base::Outcome patch_pod_status(BurstContext& c, Gathered& g, json status) {
  return patch(c, g, {{"status", std::move(status)}}, "status");
}

base::Result<kube::Next> reserve(BurstContext& c, Gathered& g) {
  const burst::Attempt& a = g.situation.burst.attempt;
  json annotations = {
      {std::string(burst::kReservedAnnotation), burst::format_reservation({a.node, a.number})},
      {std::string(burst::kClaimAnnotation), g.situation.burst.claim},
      {std::string(burst::kOfferAnnotation), describe(c, a)}};
  if (is_of_replica_set(*g.pod) &&
      !kube::find_value(g.pod->meta.annotations, burst::kDeletionCostAnnotation)) {
    annotations[std::string(burst::kDeletionCostAnnotation)] =
        burst::deletion_cost(a.claim_price, g.situation.burst.gpus);
  }
  if (auto ok = patch_pod(c, g, {{"annotations", annotations}}); !ok)
    return base::fail(std::move(ok.error()));
  base::log_info("reserved",
                 {{"pod", g.pod->meta.key().text()}, {"node", a.node}, {"on", g.twin->node_name}});
  return kube::Next{1ms};
}

base::Result<kube::Next> clear_reservation(BurstContext& c, Gathered& g) {
  json annotations = {{std::string(burst::kReservedAnnotation), nullptr},
                      {std::string(burst::kOfferAnnotation), nullptr}};
  // Ours goes with the reservation; another is the user's.
  const auto* cost = kube::find_value(g.pod->meta.annotations, burst::kDeletionCostAnnotation);
  const burst::Burst& b = g.situation.burst;
  if (cost && *cost == burst::deletion_cost(b.attempt.claim_price, b.gpus)) {
    annotations[std::string(burst::kDeletionCostAnnotation)] = nullptr;
  }
  if (auto ok = patch_pod(c, g, {{"annotations", annotations}}); !ok)
    return base::fail(std::move(ok.error()));
  return kube::Next{1ms};
}

base::Result<kube::Next> mirror(BurstContext& c, Gathered& g) {
  if (auto ok = record_gpu_mismatch(c, g); !ok) return base::fail(std::move(ok.error()));
  const kube::Next debugging = add_ephemeral_containers(c, g);
  const std::string* containers = kube::find_value(g.twin->meta.annotations, burst::kContainersAnnotation);
  const std::string* limit = kube::find_value(g.twin->meta.annotations, burst::kLimitAnnotation);
  const std::vector<burst::HomeCondition> conditions = home_conditions(*g.pod);
  const std::string debuggers = followed_by_commas(g.pod->ephemeral_containers);
  const auto node = c.home.nodes.store().get({{}, g.pod->node_name});
  const bool publish = g.claim && g.claim->rules.pod_addresses == market::PodAddresses::kPublished;
  auto status = burst::mirrored_status({.twin_status = g.twin->status_json,
                                        .containers = containers ? std::string_view(*containers) : "",
                                        .ephemeral_containers = debuggers,
                                        .limit_reason = limit ? std::string_view(*limit) : "",
                                        .home_conditions = conditions,
                                        .home_ended = kube::is_terminal(g.pod->phase),
                                        .readiness_gates = g.pod->readiness_gates,
                                        .host_ip = node ? std::string_view(node->internal_ip) : "",
                                        .publish_addresses = publish,
                                        .now = g.situation.now});
  if (!status) {
    if (status.error().is(base::Code::kMalformed)) c.unreadable.add(g.situation.burst.attempt.name);
    return base::fail(std::move(status.error()));
  }
  if (*status) {
    const std::string digest = base::short_digest((*status)->dump(), 16);
    if (!c.mirrored.same(g.pod->meta.uid, digest)) {
      if (auto ok = patch_pod_status(c, g, **status); !ok) return base::fail(std::move(ok.error()));
      c.mirrored.set(g.pod->meta.uid, digest);
    }
  }
  auto next = record_running(c, g);
  if (next && debugging.again_after) {
    next->again_after = std::min(next->again_after.value_or(*debugging.again_after), *debugging.again_after);
  }
  return next;
}

base::Result<kube::Next> fail_pod(BurstContext& c, Gathered& g, const burst::Decision& decision) {
  const json status =
      burst::failed_status(decision.reason, decision.message, home_conditions(*g.pod), g.situation.now);
  if (auto ok = patch_pod_status(c, g, status); !ok) return base::fail(std::move(ok.error()));
  base::log_warning(
      "failed a bursted pod",
      {{"pod", g.pod->meta.key().text()}, {"reason", decision.reason}, {"message", decision.message}});
  c.home.events.record({"v1", "Pod", g.pod->meta.key(), g.pod->meta.uid}, kube::EventType::kWarning,
                       decision.reason, "Burst", decision.message);
  return kube::Next{1ms};
}

base::Result<kube::Next> remove_pod(BurstContext& c, Gathered& g) {
  auto removed = c.home.client.remove(kube::kPods, g.pod->meta.ns, g.pod->meta.name,
                                      {.grace_seconds = 0, .uid = g.pod->meta.uid});
  if (!removed && !removed.error().is(base::Code::kConflict)) return base::fail(std::move(removed.error()));
  return kube::Next{};
}

}  // namespace op
