#include <algorithm>

#include "base/digest.h"
#include "base/log.h"
#include "burst/cost.h"
#include "burst/mirror.h"
#include "burst/names.h"
#include "burst/wind_down.h"
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
/// When to retry a status that cannot be written. An end is then reported as a loss, so its retry is soon.
constexpr auto kTellAgain = 30s;
constexpr auto kTellEndAgain = 1s;

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

/// A provider's text may hold anything; half a character must not keep a whole status from being written.
/// The value of an annotation of the twin.
std::string_view annotation(const RemotePod& twin, std::string_view key) {
  const std::string* found = kube::find_value(twin.meta.annotations, key);
  return found ? std::string_view(*found) : std::string_view();
}

base::Outcome patch(BurstContext& c, Gathered& g, json body, std::string_view subresource) {
  body["metadata"]["uid"] = g.pod->meta.uid;
  body["metadata"]["resourceVersion"] = g.pod->meta.resource_version;
  auto reply =
      c.home.client.send(kube::patch_request(kube::kPods, g.pod->meta.ns, g.pod->meta.name,
                                             kube::PatchType::kMerge, kube::body_text(body), subresource));
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

std::string placement_text(const BurstContext& c, const burst::Attempt& a) {
  auto offer = c.offers.find(a.offer);
  const std::string model = offer && !offer->gpu.model.empty() ? offer->gpu.model : "GPU";
  return model + " at " + a.provider + " (" + a.region + ", " + a.country + "), " +
         market::format_money(a.price.per_gpu_hour) + " " + a.price.currency + " per GPU-hour";
}

/// Keeps the cost that `kubectl get bursts` shows for a running pod near to the truth, ever more rarely.
base::Result<kube::Next> note_cost(BurstContext& c, Gathered& g) {
  const auto wait = burst::cost_note_due(g.situation.burst, g.situation.now);
  if (!wait) return kube::Next{};
  if (*wait > 0ms) return kube::Next{*wait};
  if (auto ok = write_burst(c, g, g.situation.burst); !ok) return base::fail(std::move(ok.error()));
  return kube::Next{burst::cost_note_due(g.situation.burst, g.situation.now)};
}

/// Brings the record up to date once its twin has run for a while; shorter runs are recorded at their end.
base::Result<kube::Next> record_running(BurstContext& c, Gathered& g) {
  if (g.situation.burst.started_at) return note_cost(c, g);
  if (g.twin->phase != kube::PodPhase::kRunning) return kube::Next{};
  burst::Burst b = g.situation.burst;
  const base::Time now = g.situation.now;
  b.started_at = by_our_clock(g, twin_times(*g.twin).started.value_or(now), now);
  if (const auto due = *b.started_at + kRecordRunningAfter; now < due) {
    return kube::Next{std::chrono::ceil<std::chrono::milliseconds>(due - now)};
  }
  if (!b.placed_at) b.placed_at = placed_at(g).value_or(now);
  b.attempt.remote_node = g.twin->node_name;
  b.message = "running on " + b.attempt.remote_node + " at " + b.attempt.provider;
  if (auto ok = write_burst(c, g, b); !ok) return base::fail(std::move(ok.error()));
  return note_cost(c, g);
}

/// Writes the twin's status to the pod where that does not show it yet.
base::Outcome tell_status(BurstContext& c, Gathered& g) {
  const std::vector<burst::HomeCondition> conditions = home_conditions(*g.pod);
  const std::string debuggers = followed_by_commas(g.pod->ephemeral_containers);
  const auto node = c.home.nodes.store().get({{}, g.pod->node_name});
  const bool publish = g.claim && g.claim->rules.pod_addresses == market::PodAddresses::kPublished;
  // The annotation says whose deadline it is; the provider does not choose its name.
  const bool our_deadline = !annotation(*g.twin, burst::kLimitAnnotation).empty();
  const auto status = burst::mirrored_status(
      {.twin_status = g.twin->status_json,
       .containers = annotation(*g.twin, burst::kContainersAnnotation),
       .ephemeral_containers = debuggers,
       .limit_reason = our_deadline ? burst::limit_reason(g.situation.burst.attempt) : "",
       .home_conditions = conditions,
       .home_ended = kube::is_terminal(g.pod->phase),
       .readiness_gates = g.pod->readiness_gates,
       .host_ip = node ? std::string_view(node->internal_ip) : "",
       .publish_addresses = publish,
       .now = g.situation.now});
  if (!status) return base::fail(status.error());
  if (!*status) return {};
  const std::string digest = base::short_digest(kube::body_text(**status), 16);
  const bool shown = burst::still_shown(**status, kube::to_string(g.pod->phase), conditions);
  if (shown && c.mirrored.same(g.pod->meta.uid, digest)) return {};
  if (auto ok = patch_pod_status(c, g, **status); !ok) return ok;
  c.mirrored.set(g.pod->meta.uid, digest);
  return {};
}

/// The last seen containers of a twin whose pod is failed: known exit codes are reported.
json last_containers(const Gathered& g) {
  const burst::RemoteView& remote = g.situation.remote;
  const auto& twin = remote.twin ? remote.twin : remote.last;
  if (!twin || !twin->ours || !g.twin || !g.situation.pod || !burst::is_tied(g.situation))
    return json::object();
  return burst::last_container_statuses(g.twin->status_json,
                                        annotation(*g.twin, burst::kContainersAnnotation),
                                        followed_by_commas(g.pod->ephemeral_containers));
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
      {std::string(burst::kOfferAnnotation), placement_text(c, a)}};
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
  const auto told = tell_status(c, g);
  const bool untellable =
      !told && (told.error().is(base::Code::kMalformed) || told.error().is(base::Code::kInvalid));
  if (!told && !untellable) return base::fail(told.error());
  auto next = record_running(c, g);
  if (!next) return next;
  if (debugging.again_after)
    next->again_after = std::min(next->again_after.value_or(*debugging.again_after), *debugging.again_after);
  if (!untellable) return next;
  // The provider's fault: it must not stop the checks of the pod's deletion and its limit.
  const bool ended = kube::is_terminal(g.twin->phase);
  if (ended) c.unreadable.add(g.situation.burst.attempt.name);
  base::log_error("a twin's status cannot be told",
                  {{"pod", g.pod->meta.key().text()}, {"error", told.error().text()}});
  const std::chrono::milliseconds again = ended ? kTellEndAgain : kTellAgain;
  return kube::Next{std::min(next->again_after.value_or(again), again)};
}

base::Result<kube::Next> fail_pod(BurstContext& c, Gathered& g, const burst::Decision& decision) {
  const json status =
      burst::failed_status(decision.reason, decision.message, home_conditions(*g.pod), g.situation.now);
  json whole = status;
  whole.update(last_containers(g));
  auto written = patch_pod_status(c, g, whole);
  // Home may refuse a provider's container status; the failure itself is ours.
  if (!written && written.error().is(base::Code::kInvalid)) written = patch_pod_status(c, g, status);
  if (!written) return base::fail(std::move(written.error()));
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
