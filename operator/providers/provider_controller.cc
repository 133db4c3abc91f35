#include "operator/providers/provider_controller.h"

#include <utility>

#include "base/digest.h"
#include "operator/providers/provider_removal.h"

namespace op {
namespace {

using std::chrono::milliseconds;

/// While a fresh connection fills its caches.
constexpr milliseconds kUntilSynced{200};
constexpr milliseconds kRemovalStep{2'000};

/// Our own status writes come back as changes too; only these need a new look.
bool asks_for_a_look(const kube::Change<api::ProviderRecord>& change) {
  if (!change.before || !change.after) return true;
  return change.before->meta.generation != change.after->meta.generation ||
         change.before->meta.deleting_since != change.after->meta.deleting_since ||
         change.before->meta.has_finalizers != change.after->meta.has_finalizers ||
         change.after->meta.deleting_since.has_value();  // an annotation may have come
}

}  // namespace

std::string home_identity(const kube::ClientConfig& home, const std::string& installation) {
  return base::short_digest(installation + '\0' + home.endpoint.host + ':' +
                                std::to_string(home.endpoint.port) + '\0' + home.tls.ca_pem,
                            26);
}

ProviderController::ProviderController(Home& home, RemoteClusters& remotes, const FeedTable& feeds,
                                       LinkHooks hooks, ProviderOptions options)
    : home_(home),
      remotes_(remotes),
      feeds_(feeds),
      hooks_(std::move(hooks)),
      options_(std::move(options)),
      controller_({.name = "providers", .workers = options_.workers},
                  [this](const std::string& key) { return reconcile(key); }) {
  home_.providers.on_change([this](const kube::Change<api::ProviderRecord>& change) {
    if (asks_for_a_look(change)) controller_.queue().add(change.any().meta.name);
  });
}

ProviderController::~ProviderController() { stop(); }

void ProviderController::start() {
  for (const auto& provider : home_.providers.store().all()) controller_.queue().add(provider->meta.name);
  controller_.start();
}

void ProviderController::stop() {
  for (const auto& cluster : remotes_.all())
    cluster->client().stop();  // no worker may wait for a hung provider
  controller_.stop();
  for (const auto& cluster : remotes_.all()) {
    if (const auto removed = remotes_.remove(cluster->name())) removed->stop();
  }
}

std::shared_ptr<ProviderLink> ProviderController::link_of(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto& link = links_[name];
  if (!link) link = std::make_shared<ProviderLink>(home_, remotes_, hooks_, options_.holder);
  return link;
}

void ProviderController::forget(const std::string& name) {
  std::shared_ptr<ProviderLink> link;
  {
    std::lock_guard lock(mutex_);
    finalized_.erase(name);
    if (auto node = links_.extract(name)) link = std::move(node.mapped());
  }
  if (link) link->drop(name);
  hooks_.on_capacity(name);
}

base::Result<kube::Next> ProviderController::reconcile(const std::string& name) {
  const auto provider = home_.provider(name);
  if (!provider) {
    forget(name);
    return kube::Next{};
  }
  const auto link = link_of(name);
  if (provider->meta.deleting_since) return reconcile_deletion(*provider, *link);
  if (auto finalized = ensure_finalizer(*provider); !finalized)
    return base::fail(std::move(finalized.error()));

  auto probe = link->probe(*provider);
  if (!probe) return base::fail(std::move(probe.error()));
  // One lost answer of a connected provider is no outage: probe once more before offers are withdrawn.
  if (probe->unreachable && link->cluster() && link->failures() == 0) {
    return kube::Next{.again_after = link->next_failure_wait()};
  }
  if (auto written = write_status(*provider, *probe); !written) return base::fail(std::move(written.error()));
  hooks_.on_capacity(name);
  return next_probe(*link, name, *probe);
}

kube::Next ProviderController::next_probe(ProviderLink& link, const std::string& name,
                                          const ProbeResult& probe) {
  if (!probe.reached() || probe.rejected || !probe.permissions || !probe.permissions->missing.empty() ||
      probe.heartbeat_trouble || probe.heartbeat != HeartbeatVerdict::kOurs) {
    return {.again_after = link.next_failure_wait()};
  }
  link.succeeded();
  const auto cluster = remotes_.find(name);
  return {.again_after = cluster && !cluster->capacity_synced() ? kUntilSynced : options_.probe_interval};
}

base::Result<kube::Next> ProviderController::reconcile_deletion(const api::ProviderRecord& provider,
                                                                ProviderLink& link) {
  const std::string& name = provider.meta.name;
  hooks_.on_capacity(name);  // its offers go at once
  const auto live = home_.client.get(api::kProviders, {}, name);
  if (!live) {
    if (live.error().is(base::Code::kNotFound)) return kube::Next{};  // the watch will report it
    return base::fail(live.error());
  }
  if (live->at("metadata").value("uid", "") != provider.meta.uid || !has_finalizer(*live))
    return kube::Next{};
  const auto let_go = [&]() -> base::Result<kube::Next> {
    if (auto removed = remove_finalizer(home_.client, *live); !removed)
      return base::fail(std::move(removed.error()));
    link.drop(name);
    return kube::Next{};
  };
  if (may_go_unasked(home_, provider, *live)) return let_go();
  auto probe = link.probe(provider);
  if (!probe) return base::fail(std::move(probe.error()));
  const auto removal = remove_traces(home_, link, provider, *probe);
  if (!removal) return base::fail(removal.error());
  if (removal->done) return let_go();
  probe->removal = removal->waiting;
  if (auto written = write_status(provider, *probe); !written) return base::fail(std::move(written.error()));
  if (!probe->reached()) return kube::Next{.again_after = link.next_failure_wait()};
  link.succeeded();
  return kube::Next{.again_after = kRemovalStep};
}

base::Outcome ProviderController::ensure_finalizer(const api::ProviderRecord& provider) {
  {
    std::lock_guard lock(mutex_);
    const auto known = finalized_.find(provider.meta.name);
    if (provider.meta.has_finalizers && known != finalized_.end() && known->second == provider.meta.uid)
      return {};
  }
  const auto live = home_.client.get(api::kProviders, {}, provider.meta.name);
  if (!live) return base::fail(live.error());
  if (!has_finalizer(*live)) {
    if (auto added = add_finalizer(home_.client, *live); !added) return added;
  }
  std::lock_guard lock(mutex_);
  finalized_[provider.meta.name] = live->at("metadata").value("uid", "");
  return {};
}

base::Outcome ProviderController::write_status(const api::ProviderRecord& provider, ProbeResult probe) {
  probe.feed = feeds_.find(provider.meta.name);
  const auto status = provider_status(provider, probe, home_.clock.now());
  if (!status) return {};
  const nlohmann::json body{{"metadata", {{"uid", provider.meta.uid}}}, {"status", *status}};
  const auto reply = home_.client.patch(api::kProviders, {}, provider.meta.name, kube::PatchType::kMerge,
                                        body.dump(), "status");
  if (!reply) return base::fail(reply.error());
  return {};
}

}  // namespace op
