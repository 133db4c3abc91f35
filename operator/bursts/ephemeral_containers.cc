#include "operator/bursts/ephemeral_containers.h"

#include <algorithm>
#include <set>

#include "burst/translate.h"
#include "kube/core/patch.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using nlohmann::json;

void tell(BurstContext& c, const Gathered& g, const std::string& name, const std::string& why) {
  c.refused_containers.add(g.pod->meta.uid + "/" + name);
  c.home.events.record(
      {"v1", "Pod", g.pod->meta.key(), g.pod->meta.uid}, kube::EventType::kWarning,
      "EphemeralContainerNotAdded", "Burst",
      "container " + name + " cannot be added at " + g.situation.burst.attempt.provider + ": " + why);
}

/// What one of them needs is copied first; why it cannot be, "" when it is there.
base::Result<std::string> bring_references(BurstContext& c, const Gathered& g, const json& container,
                                           const burst::TwinContext& context) {
  const burst::CopyPlace place{c.home.installation, g.pod->meta.ns,
                               g.situation.burst.attempt.remote_namespace};
  const auto verdict = c.references.ensure_ephemeral(*g.cluster, container, place, context.policy);
  if (!verdict) return base::fail(verdict.error());
  return verdict->kind == ReferenceVerdict::Kind::kMissing ? verdict->missing.message : verdict->refusal;
}

/// Takes out of `add` those whose references cannot be brought.
void keep_provided(BurstContext& c, const Gathered& g, const json& pod, const burst::TwinContext& context,
                   json& add) {
  const json documents = pod.at("spec").value("ephemeralContainers", json::array());
  json kept = json::array();
  for (json& container : add) {
    const std::string name = container.value("name", "");
    const auto document = std::ranges::find_if(
        documents, [&](const json& each) { return each.is_object() && each.value("name", "") == name; });
    if (document == documents.end()) continue;
    const auto why = bring_references(c, g, *document, context);
    if (why && why->empty()) {
      kept.push_back(std::move(container));
    } else {
      tell(c, g, name, why ? *why : why.error().message);
    }
  }
  add = std::move(kept);
}

/// Only we add containers to our twin, so that the list is as `g` shows it.
base::Outcome patch_twin(const Gathered& g, const json& containers) {
  const burst::Attempt& attempt = g.situation.burst.attempt;
  const std::string list = "/spec/ephemeralContainers";
  kube::JsonPatch patch;
  patch.test("/metadata/uid", g.twin->meta.uid);
  if (g.twin->ephemeral_containers.empty()) {
    patch.add(list, containers);
  } else {
    for (const json& container : containers) patch.add(list + "/-", container);
  }
  auto reply = g.cluster->client().patch(kube::kPods, attempt.remote_namespace, attempt.name,
                                         kube::PatchType::kJson, patch.body(), "ephemeralcontainers");
  if (!reply) return base::fail(std::move(reply.error()));
  return {};
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

void add_ephemeral_containers(BurstContext& c, const Gathered& g) {
  const auto& twin = g.situation.remote.twin;
  if (!twin || twin->deleting || twin->phase != burst::Phase::kRunning) return;
  auto added = added_containers(*g.pod, *g.twin);
  std::erase_if(added, [&](const std::string& name) {
    return c.refused_containers.contains(g.pod->meta.uid + "/" + name);
  });
  if (added.empty()) return;
  const auto pod =
      c.home.client.get(kube::kPods, g.pod->meta.ns, g.pod->meta.name, g.pod->meta.resource_version);
  if (!pod || pod->at("metadata").value("uid", "") != g.pod->meta.uid) return;  // the next look will do
  const std::set<std::string> present(g.twin->ephemeral_containers.begin(),
                                      g.twin->ephemeral_containers.end());
  const burst::TwinContext context = twin_context(c, g.situation.burst);
  auto carried = burst::carry_ephemeral_containers(*pod, present, context);
  for (const auto& [name, why] : carried.refused) tell(c, g, name, why.message);
  keep_provided(c, g, *pod, context, carried.add);
  if (carried.add.empty()) return;
  if (const auto patched = patch_twin(g, carried.add); !patched) {
    for (const std::string& name : added) tell(c, g, name, patched.error().message);
  }
}

}  // namespace op
