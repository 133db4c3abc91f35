#include "operator/references/copy_keeper.h"

#include <algorithm>
#include <sstream>
#include <vector>

#include "base/log.h"
#include "burst/names.h"

namespace op {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kEvery = 10s;
/// Jobs end and others begin: a copy that the next one needs is not made anew.
constexpr std::chrono::milliseconds kUnusedFor = 15s;
/// Sources asked for in one round, of one home namespace at one provider; the others come next.
constexpr std::size_t kSourcesPerRound = 50;
constexpr std::size_t kHealsPerRound = 8;
constexpr const char* kScan = "scan";

std::string value_of(const kube::StringMap& map, std::string_view key) {
  const std::string* value = kube::find_value(map, key);
  return value ? *value : std::string();
}

std::string namespace_of(const std::string& home_pod) { return home_pod.substr(0, home_pod.find('/')); }

std::string key_of(const std::string& provider, const std::string& remote_namespace,
                   const std::string& home_namespace) {
  return provider + "/" + remote_namespace + "/" + home_namespace;
}

bool uses_copies(const RemotePod& twin) {
  return !kube::is_terminal(twin.phase) &&
         (kube::find_value(twin.meta.annotations, burst::kCopiesAnnotation) ||
          kube::find_value(twin.meta.labels, burst::kSubdomainLabel));
}

}  // namespace

CopyKeeper::CopyKeeper(Home& home, RemoteClusters& clusters, References& references)
    : home_(home),
      clusters_(clusters),
      references_(references),
      controller_({.name = "copies", .workers = 4},
                  [this](const std::string& key) { return reconcile(key); }) {}

CopyKeeper::~CopyKeeper() { stop(); }

void CopyKeeper::start() {
  controller_.queue().add(kScan);
  controller_.start();
}

void CopyKeeper::stop() { controller_.stop(); }

base::Result<kube::Next> CopyKeeper::reconcile(const std::string& key) {
  if (key == kScan) {
    scan();
    return kube::Next{kEvery};
  }
  std::istringstream parts(key);
  std::string provider, remote_namespace, home_namespace;
  std::getline(parts, provider, '/');
  std::getline(parts, remote_namespace, '/');
  std::getline(parts, home_namespace);
  const auto cluster = clusters_.find(provider);
  // Nothing is decided on caches that are not full; the next scan asks again.
  if (!cluster || !cluster->synced() || !cluster->namespaces().covers(remote_namespace)) return kube::Next{};
  const auto store = references_.stores().of(provider, remote_namespace, home_namespace);
  if (auto tended = tend(*cluster, *store); !tended) {
    return base::fail(
        std::move(tended.error()).with_context("copies of namespace " + home_namespace + " at " + provider));
  }
  return kube::Next{};
}

void CopyKeeper::scan() {
  for (const auto& cluster : clusters_.all()) {
    if (!cluster->synced()) continue;
    std::set<std::string> keys;
    for (const auto& map : cluster->config_maps().all()) {
      if (value_of(map->meta.labels, burst::kRoleLabel) != "root") continue;
      const auto home = value_of(map->meta.annotations, burst::kHomeNamespaceAnnotation);
      if (!home.empty()) keys.insert(key_of(cluster->name(), map->meta.ns, home));
    }
    for (const auto& twin : cluster->twins()) {
      if (!uses_copies(*twin)) continue;
      const auto home = namespace_of(value_of(twin->meta.annotations, burst::kHomePodAnnotation));
      if (!home.empty()) keys.insert(key_of(cluster->name(), twin->meta.ns, home));
    }
    for (const auto& key : keys) controller_.queue().add(key, kube::Urgency::kLow);
  }
}

CopyKeeper::Usage CopyKeeper::usage(const RemoteCluster& cluster, const burst::CopyPlace& place) const {
  Usage usage;
  for (const auto& twin : cluster.twins()) {
    const auto pod = value_of(twin->meta.annotations, burst::kHomePodAnnotation);
    const bool here = twin->meta.ns == place.remote_namespace && namespace_of(pod) == place.home_namespace;
    if (!here || !uses_copies(*twin)) continue;
    if (const auto subdomain = value_of(twin->meta.labels, burst::kSubdomainLabel); !subdomain.empty())
      usage.subdomains.insert(subdomain);
    std::istringstream names(value_of(twin->meta.annotations, burst::kCopiesAnnotation));
    for (std::string name; std::getline(names, name, ',');) {
      usage.copies.insert(name);
      usage.pods.try_emplace(name, pod);
    }
  }
  return usage;
}

base::Outcome CopyKeeper::tend(RemoteCluster& cluster, CopyStore& store) {
  const Usage used = usage(cluster, store.place());
  std::vector<burst::Copy> listed;
  {
    std::lock_guard lock(store.mutex());
    if (auto found = store.read_root(cluster); !found) return base::fail(found.error());
    listed = store.listed();
  }
  std::set<std::string> pods;
  for (const auto& [copy, pod] : used.pods) {
    const bool is_listed = std::ranges::find(listed, copy, &burst::Copy::name) != listed.end();
    if (!is_listed && pods.size() < kHealsPerRound) pods.insert(pod);
  }
  if (auto healed = heal(cluster, store.place(), pods); !healed) return healed;
  if (auto refreshed = refresh(cluster, store, listed); !refreshed) return refreshed;
  std::lock_guard lock(store.mutex());
  return remove_unused(cluster, store, used);
}

base::Outcome CopyKeeper::heal(RemoteCluster& cluster, const burst::CopyPlace& place,
                               const std::set<std::string>& pods) {
  const auto provider = home_.provider(cluster.name());
  if (!provider) return {};
  for (const std::string& pod : pods) {
    const auto document = home_.client.get(kube::kPods, place.home_namespace, pod.substr(pod.find('/') + 1));
    if (!document && document.error().is(base::Code::kNotFound)) continue;
    if (!document) return base::fail(document.error());
    const auto verdict = references_.ensure(cluster, *document, place.remote_namespace, provider->policy);
    if (!verdict) return base::fail(verdict.error());
    base::log_info("brought what a twin refers to again", {{"provider", cluster.name()}, {"pod", pod}});
  }
  return {};
}

base::Outcome CopyKeeper::refresh(RemoteCluster& cluster, CopyStore& store,
                                  const std::vector<burst::Copy>& copies) {
  const auto provider = home_.provider(cluster.name());
  if (!provider) return {};
  const std::string prefix = cluster.name() + "/" + store.place().remote_namespace + "/";
  std::vector<std::pair<base::SteadyTime, const burst::Copy*>> oldest;
  {
    std::lock_guard lock(mutex_);
    for (const auto& copy : copies) oldest.emplace_back(refreshed_[prefix + burst::root_key(copy)], &copy);
  }
  std::ranges::sort(oldest, {}, &std::pair<base::SteadyTime, const burst::Copy*>::first);
  if (oldest.size() > kSourcesPerRound) oldest.resize(kSourcesPerRound);
  for (const auto& [when, copy] : oldest) {
    const bool secret = copy->kind == burst::CopyKind::kSecret;
    if (secret && !provider->policy.allow_secrets) continue;
    const auto source = references_.read_source(*copy, store.place().home_namespace);
    if (!source) return base::fail(source.error());
    {
      std::lock_guard lock(mutex_);
      refreshed_[prefix + burst::root_key(*copy)] = std::chrono::steady_clock::now();
    }
    if (source->is_null()) continue;
    if (secret && !burst::type_refusal(provider->policy, copy->source, source->value("type", "")).empty())
      continue;
    std::lock_guard lock(store.mutex());
    if (!store.lists(copy->name)) continue;
    if (auto written = store.write(cluster, *copy, *source); !written) return written;
  }
  return {};
}

base::Outcome CopyKeeper::remove_unused(RemoteCluster& cluster, CopyStore& store, const Usage& used) {
  const auto provider = home_.provider(cluster.name());
  const bool leaving = !provider || provider->meta.deleting_since;
  const burst::CopyPlace& place = store.place();
  const std::vector<burst::Copy> listed = store.listed();
  for (const auto& copy : listed) {
    const bool in_use = copy.kind == burst::CopyKind::kService
                            ? used.subdomains.contains(burst::subdomain_value(
                                  place.installation, place.home_namespace, copy.source))
                            : used.copies.contains(copy.name);
    const bool unused = store.unused_for(copy, in_use) >= kUnusedFor || leaving;
    // Another home under our id may use it (R4).
    if (in_use || !unused || !cluster.sweeping_allowed()) continue;
    if (auto removed = store.remove(cluster, copy); !removed) return removed;
    std::lock_guard lock(mutex_);
    refreshed_.erase(cluster.name() + "/" + place.remote_namespace + "/" + burst::root_key(copy));
  }
  const bool empty =
      store.has_root() && store.listed().empty() && used.copies.empty() && used.subdomains.empty();
  if (!empty || !cluster.sweeping_allowed()) return {};
  return store.remove_root(cluster);
}

}  // namespace op
