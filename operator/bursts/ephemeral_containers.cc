#include "operator/bursts/ephemeral_containers.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/log.h"
#include "burst/translate.h"
#include "kube/core/patch.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// Polled while a refused one is missing at the twin: whether its time has come (refused_containers).
constexpr auto kTryRefusedAgain = 10s;
/// After a transient failure of an API server.
constexpr std::chrono::milliseconds kAfterBadMoment = 3s;

std::string memory_key(const Gathered& g, const std::string& name) { return g.pod->meta.uid + "/" + name; }

void tell_not_added(BurstContext& c, const Gathered& g, const std::string& name, const std::string& why) {
  c.refused_containers.add(memory_key(g, name));
  warn_pod(c, g, "EphemeralContainerNotAdded",
           "container " + name + " cannot be added at " + g.situation.burst.attempt.provider + ": " + why);
}

/// The provider's last word, and not only a transient failure.
bool is_last_word(const base::Status& status) {
  switch (status.code) {
    case base::Code::kInvalid:
    case base::Code::kForbidden:
    case base::Code::kNotFound:
    case base::Code::kMalformed:
      return true;
    default:
      return false;
  }
}

base::Result<kube::PodRecord> pod_in(base::Result<net::HttpResponse> reply) {
  if (!reply) return base::fail(std::move(reply.error()));
  return kube::decode_text<kube::PodRecord>(reply->body, kube::decode_pod);
}

/// Read live: a cache may not show yet what was added a moment ago.
base::Result<kube::PodRecord> read_twin(const Gathered& g) {
  const burst::Attempt& attempt = g.situation.burst.attempt;
  return pod_in(
      g.cluster->client().send(kube::get_request(kube::kPods, attempt.remote_namespace, attempt.name)));
}

/// Only we add containers to our twin, so the list is still as `twin` shows it. Returns the twin after it.
base::Result<kube::PodRecord> patch_twin(const Gathered& g, const kube::PodRecord& twin,
                                         const json& container) {
  const std::string list = "/spec/ephemeralContainers";
  kube::JsonPatch patch;
  patch.test("/metadata/uid", twin.meta.uid);
  if (twin.ephemeral_containers.empty()) {
    patch.add(list, json::array({container}));
  } else {
    patch.add(list + "/-", container);
  }
  return pod_in(g.cluster->client().send(kube::patch_request(kube::kPods, twin.meta.ns, twin.meta.name,
                                                             kube::PatchType::kJson, patch.body(),
                                                             "ephemeralcontainers")));
}

/// Copies the references of one of them first. Returns why it cannot, "" when they are there.
base::Result<std::string> bring_references(BurstContext& c, const Gathered& g, const json& container,
                                           const burst::TwinContext& context) {
  const burst::CopyPlace place{c.home.installation, g.pod->meta.ns,
                               g.situation.burst.attempt.remote_namespace};
  const auto verdict = c.references.ensure_ephemeral(*g.cluster, container, place, context.policy);
  if (!verdict) return base::fail(verdict.error());
  return verdict->kind == ReferenceVerdict::Kind::kMissing ? verdict->missing.message : verdict->refusal;
}

/// The container of the home pod as its owner wrote it, null where there is none.
json document_of(const json& pod, const std::string& name) {
  for (const json& each : pod.at("spec").value("ephemeralContainers", json::array())) {
    if (each.is_object() && each.value("name", "") == name) return each;
  }
  return nullptr;
}

/// Adds `container` of `pod` to `twin`, which is the twin after it. Why it was refused, "" when it is there.
base::Result<std::string> add_one(BurstContext& c, const Gathered& g, const json& pod,
                                  const burst::TwinContext& context, const json& container,
                                  kube::PodRecord& twin) {
  auto why = bring_references(c, g, document_of(pod, container.value("name", "")), context);
  if (!why || !why->empty()) return why;
  auto patched = patch_twin(g, twin, container);
  if (patched) {
    twin = std::move(*patched);
    return std::string();
  }
  if (is_last_word(patched.error())) return std::move(patched.error().message);
  return base::fail(std::move(patched.error()));
}

kube::Next soon(const Gathered& g, const base::Status& why) {
  base::log_warning("ephemeral containers wait", {{"pod", g.pod->meta.key().text()}, {"error", why.text()}});
  return {std::max(why.retry_after.value_or(kAfterBadMoment), kAfterBadMoment)};
}

}  // namespace

std::vector<std::string> added_containers(const kube::PodRecord& pod, const kube::PodRecord& twin) {
  std::vector<std::string> out;
  for (const std::string& name : pod.ephemeral_containers) {
    if (std::ranges::find(twin.ephemeral_containers, name) == twin.ephemeral_containers.end())
      out.push_back(name);
  }
  return out;
}

kube::Next add_ephemeral_containers(BurstContext& c, const Gathered& g) {
  // A kubelet starts them whatever the others do, so that people can see why a pod is stuck.
  const auto& seen = g.situation.remote.twin;
  if (!seen || seen->deleting || burst::is_terminal(seen->phase)) return {};
  const auto added = added_containers(*g.pod, *g.twin);
  const auto is_refused = [&](const std::string& name) {
    return c.refused_containers.contains(memory_key(g, name));
  };
  if (added.empty()) return {};
  if (std::ranges::all_of(added, is_refused)) return {kTryRefusedAgain};
  // 1. Pod and twin as they are now. Where one was replaced, its change brings us back.
  const auto pod =
      c.home.client.get(kube::kPods, g.pod->meta.ns, g.pod->meta.name, g.pod->meta.resource_version);
  if (!pod) return soon(g, pod.error());
  if (pod->at("metadata").value("uid", "") != g.pod->meta.uid) return {};
  auto twin = read_twin(g);
  if (!twin) return soon(g, twin.error());
  if (twin->meta.uid != g.twin->meta.uid) return {};
  // 2. One by one, so that a refusal is about one of them.
  std::set<std::string> passed_over(twin->ephemeral_containers.begin(), twin->ephemeral_containers.end());
  std::ranges::copy_if(added, std::inserter(passed_over, passed_over.end()), is_refused);
  const burst::TwinContext context = twin_context(c, g.situation.burst);
  const auto carried = burst::carry_ephemeral_containers(*pod, passed_over, context);
  for (const auto& [name, why] : carried.refused) tell_not_added(c, g, name, why.message);
  for (const json& container : carried.add) {
    const auto why = add_one(c, g, *pod, context, container, *twin);
    if (!why) return soon(g, why.error());
    if (!why->empty()) tell_not_added(c, g, container.value("name", ""), *why);
  }
  return std::ranges::any_of(added, is_refused) ? kube::Next{kTryRefusedAgain} : kube::Next{};
}

}  // namespace op
