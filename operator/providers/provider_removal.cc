#include "operator/providers/provider_removal.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "kube/core/patch.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

bool wants_to_abandon(const nlohmann::json& live) {
  const nlohmann::json::json_pointer path("/metadata/annotations/" +
                                          kube::JsonPatch::escape(kAbandonAnnotation));
  return live.contains(path) && live.at(path) == "true";
}

/// A provider whose credentials never allowed us to create anything cannot hold anything of ours.
bool was_ever_used(const nlohmann::json& live) {
  return live.contains(nlohmann::json::json_pointer("/status/lastContactTime"));
}

std::size_t live_bursts(const Home& home, const std::string& provider) {
  std::size_t count = 0;
  for (const auto& record : home.bursts.store().all()) {
    const auto& b = record->burst;
    count += b.attempt.provider == provider && burst::may_hold_gpus(b);
  }
  return count;
}

/// Where objects of ours may be: where new twins go, and where those of its bursts went before the spec was
/// changed.
std::set<std::string> used_namespaces(const Home& home, const RemoteCluster& cluster) {
  std::set<std::string> used = {cluster.listed_namespace()};
  for (const auto& record : home.bursts.store().all()) {
    const burst::Attempt& attempt = record->burst.attempt;
    const bool elsewhere =
        attempt.provider == cluster.name() && !cluster.namespaces().covers(attempt.remote_namespace);
    if (elsewhere && !attempt.remote_namespace.empty()) used.insert(attempt.remote_namespace);
  }
  return used;
}

/// How many objects of ours are in `ns` ("" in all), by a live list: a cache cannot prove that nothing is
/// left.
base::Result<std::size_t> count_traces(kube::Client& client, const std::string& ns,
                                       const std::string& installation) {
  std::size_t count = 0;
  for (const auto& resource : {kube::kPods, kube::kConfigMaps}) {
    kube::ListOptions options;
    options.label_selector = std::string(burst::kInstallationLabel) + "=" + installation + "," +
                             std::string(burst::kRoleLabel) + "!=heartbeat";
    options.limit = 100;
    const auto list = call_json(client, kube::list_request(resource, ns, options));
    if (!list) return base::fail(list.error());
    const auto items = list->find("items");
    if (items != list->end() && items->is_array()) count += items->size();
  }
  return count;
}

base::Result<std::size_t> count_traces(const Home& home, RemoteCluster& cluster) {
  std::size_t count = 0;
  for (const std::string& ns : used_namespaces(home, cluster)) {
    const auto found = count_traces(cluster.client(), ns, home.installation);
    if (!found) return found;
    count += *found;
  }
  return count;
}

base::Outcome patch_finalizers(kube::Client& home, const nlohmann::json& live, nlohmann::json finalizers) {
  kube::JsonPatch patch;
  patch.test("/metadata/uid", live.at("metadata").at("uid"));
  patch.replace("/metadata/resourceVersion", live.at("metadata").at("resourceVersion"));
  patch.add("/metadata/finalizers", std::move(finalizers));
  const auto reply = home.patch(api::kProviders, {}, live.at("metadata").at("name").get<std::string>(),
                                kube::PatchType::kJson, patch.body());
  if (!reply) return base::fail(reply.error());
  return {};
}

nlohmann::json finalizers_of(const nlohmann::json& live) {
  return live.at("metadata").value("finalizers", nlohmann::json::array());
}

}  // namespace

bool has_finalizer(const nlohmann::json& live) {
  const auto finalizers = finalizers_of(live);
  return std::ranges::find(finalizers, nlohmann::json(kProviderFinalizer)) != finalizers.end();
}

base::Outcome add_finalizer(kube::Client& home, const nlohmann::json& live) {
  auto finalizers = finalizers_of(live);
  finalizers.push_back(kProviderFinalizer);
  return patch_finalizers(home, live, std::move(finalizers));
}

base::Outcome remove_finalizer(kube::Client& home, const nlohmann::json& live) {
  nlohmann::json kept = nlohmann::json::array();
  for (const auto& finalizer : finalizers_of(live)) {
    if (finalizer != kProviderFinalizer) kept.push_back(finalizer);
  }
  return patch_finalizers(home, live, std::move(kept));
}

bool may_go_unasked(const Home& home, const api::ProviderRecord& provider, const nlohmann::json& live) {
  const std::string& name = provider.meta.name;
  const std::size_t bursts = live_bursts(home, name);
  if (!wants_to_abandon(live)) return bursts == 0 && !was_ever_used(live);
  base::log_warning("provider abandoned as its owner asked; what is left there ends by its own deadline",
                    {{"provider", name}, {"bursts", std::to_string(bursts)}});
  return true;
}

base::Result<RemovalState> remove_traces(Home& home, ProviderLink& link, const api::ProviderRecord& provider,
                                         const ProbeResult& probe) {
  const std::size_t bursts = live_bursts(home, provider.meta.name);
  const std::string give_up = "; to give up what may still run there, annotate this provider with " +
                              std::string(kAbandonAnnotation) + "=true";
  if (bursts > 0) {
    return RemovalState{
        false,
        {"WindingDown", "being deleted: waiting until the pods that burst there have ended" + give_up}};
  }
  const auto cluster = link.cluster();
  if (!probe.reached() || probe.rejected || !cluster) {
    return RemovalState{false,
                        {"RemovalBlocked",
                         "being deleted: the provider must be reachable once more to make sure that "
                         "nothing of ours is left there" +
                             give_up}};
  }
  const auto traces = count_traces(home, *cluster);
  if (!traces) {
    return RemovalState{false,
                        {"RemovalBlocked", "being deleted: what is left there cannot be listed: " +
                                               traces.error().message + give_up}};
  }
  if (*traces > 0) {
    return RemovalState{
        false, {"CleaningUp", "being deleted: waiting until the objects of ours there are gone" + give_up}};
  }
  if (auto* heartbeat = link.heartbeat()) {
    if (auto removed = heartbeat->remove(cluster->client()); !removed) {
      return RemovalState{
          false,
          {"RemovalBlocked", "being deleted: the heartbeat at the provider cannot be removed: " +
                                 removed.error().message + give_up}};
    }
  }
  return RemovalState{.done = true, .waiting = {}};
}

}  // namespace op
