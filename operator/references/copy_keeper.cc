#include "operator/references/copy_keeper.h"

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"

namespace op {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kEvery = 10s;
/// Jobs end and others begin: a copy that the next one needs is not created again.
constexpr std::chrono::milliseconds kUnusedFor = 15s;
/// The most sources of one home namespace at one provider in one round; the others follow, the longest
/// waiting first. It also keeps the time between decision and write short.
constexpr std::size_t kSourcesPerRound = 50;
constexpr auto kWritingFor = 10s;
constexpr auto kLockWait = 5s;
constexpr const char* kScan = "scan";

std::string namespace_of(const std::string& home_pod) { return home_pod.substr(0, home_pod.find('/')); }

/// Its attempt may have a twin at this provider.
bool is_live_at(const api::BurstRecord& record, const std::string& provider) {
  const burst::Burst& b = record.burst;
  return record.problem.empty() && burst::may_hold_gpus(b) && b.attempt.provider == provider;
}

/// Keeps the first failure.
void note(base::Outcome& first, base::Outcome outcome) {
  if (first && !outcome) first = std::move(outcome);
}

bool is_unreachable(const api::ProviderRecord& provider) {
  const auto reachable = std::ranges::find(provider.conditions, "Reachable", &api::Condition::type);
  return reachable != provider.conditions.end() && reachable->status == "False";
}

std::string refreshed_key(const RemoteCluster& cluster, const CopyStore& store, const burst::Copy& copy) {
  const burst::CopyPlace& place = store.place();
  return cluster.name() + "/" + place.remote_namespace + "/" + place.home_namespace + "/" +
         burst::root_key(copy);
}

/// The ephemeral containers of the twin of `b`; nullopt where nothing runs that could need a copy.
std::optional<std::set<std::string>> debuggers_of(const RemoteCluster& cluster, const burst::Burst& b,
                                                  const kube::PodRecord& pod) {
  const burst::Attempt& attempt = b.attempt;
  // Where no watch runs any more (the provider's namespaces have changed), home's word counts.
  if (!cluster.namespaces().covers(attempt.remote_namespace)) {
    if (!b.placed_at) return std::nullopt;
    return std::set<std::string>(pod.ephemeral_containers.begin(), pod.ephemeral_containers.end());
  }
  const auto twin = cluster.twin(attempt.remote_namespace, attempt.name);
  if (!twin || kube::is_terminal(twin->phase)) return std::nullopt;
  if (kube::value_or_empty(twin->meta.labels, burst::kPodUidLabel) != b.pod_uid) return std::nullopt;
  return std::set<std::string>(twin->ephemeral_containers.begin(), twin->ephemeral_containers.end());
}

}  // namespace

CopyKeeper::CopyKeeper(Home& home, RemoteClusters& clusters, References& references)
    : home_(home),
      clusters_(clusters),
      references_(references),
      controller_({.name = "copies", .workers = 4},
                  [this](const std::string& provider) { return reconcile(provider); }) {}

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
  const auto cluster = clusters_.find(key);
  if (!cluster) return kube::Next{};
  if (auto tended = tend(*cluster); !tended) {
    // The next scan retries.
    base::Status why = std::move(tended.error());
    why.retry_after = std::max<std::chrono::milliseconds>(kEvery, why.retry_after.value_or(kEvery));
    return base::fail(std::move(why));
  }
  return kube::Next{};
}

void CopyKeeper::scan() {
  if (!home_.synced()) return;
  std::set<std::string> pods;
  for (const auto& record : home_.bursts.store().all()) {
    if (!record->burst.ended()) pods.insert(record->burst.pod_uid);
  }
  references_.pods().keep_only(pods);
  for (const auto& cluster : clusters_.all()) {
    const auto provider = home_.provider(cluster->name());
    // A provider that does not answer would keep a worker from others.
    if (provider && is_unreachable(*provider)) continue;
    controller_.queue().add(cluster->name(), kube::Urgency::kLow);
  }
}

std::set<CopyKeeper::Place> CopyKeeper::places(const RemoteCluster& cluster) const {
  std::set<Place> places;
  for (const auto& record : home_.bursts.store().all()) {
    const burst::Burst& b = record->burst;
    if (b.attempt.provider != cluster.name()) continue;
    // An ended one, too, where nothing else would find its root: that namespace is not watched any more.
    const bool watched = cluster.namespaces().covers(b.attempt.remote_namespace);
    if (!watched || is_live_at(*record, cluster.name())) places.emplace(b.attempt.remote_namespace, b.ns);
  }
  for (const auto& map : cluster.config_maps().all()) {
    if (kube::value_or_empty(map->meta.labels, burst::kRoleLabel) != "root") continue;
    const auto home = kube::value_or_empty(map->meta.annotations, burst::kHomeNamespaceAnnotation);
    if (map->meta.name == burst::root_name(home_.installation, home)) places.emplace(map->meta.ns, home);
  }
  return places;
}

base::Outcome CopyKeeper::tend(RemoteCluster& cluster) {
  // No decision on caches that are not full; the next scan asks again.
  if (!cluster.synced() || !home_.synced()) return {};
  base::Outcome first;
  for (const auto& [remote_namespace, home_namespace] : places(cluster)) {
    const auto store = references_.stores().of(cluster.name(), remote_namespace, home_namespace);
    auto tended = tend(cluster, *store);
    if (tended || !first) continue;
    first = base::fail(std::move(tended.error())
                           .with_context("copies of namespace " + home_namespace + " at " + cluster.name()));
  }
  return first;
}

base::Outcome CopyKeeper::tend(RemoteCluster& cluster, CopyStore& store) {
  const burst::CopyPlace& place = store.place();
  auto use = usage(cluster, place);
  if (!use) return base::fail(use.error());
  const kube::ObjectKey root{place.remote_namespace,
                             burst::root_name(place.installation, place.home_namespace)};
  const bool no_root =
      cluster.namespaces().covers(place.remote_namespace) && !cluster.config_maps().get(root);
  if (no_root && use->nobody()) return {};  // pods that refer to nothing
  std::vector<burst::Copy> listed;
  {
    std::unique_lock lock(store.mutex(), kLockWait);
    if (!lock) return base::fail(place_is_busy());
    if (auto found = store.read_root(cluster); !found) return base::fail(found.error());
    listed = store.listed();
  }
  auto done = write(cluster, store, burst::plan_copies(place, *use, listed).write);
  use = usage(cluster, place);  // that may have taken a while
  if (!use) return base::fail(use.error());
  note(done, remove_unused(cluster, store, *use));
  return done;
}

base::Result<burst::CopyUse> CopyKeeper::usage(const RemoteCluster& cluster, const burst::CopyPlace& place) {
  burst::CopyUse use;
  for (const auto& record : home_.bursts.store().all()) {
    const burst::Burst& b = record->burst;
    const bool here = b.ns == place.home_namespace && b.attempt.remote_namespace == place.remote_namespace;
    if (!here || !is_live_at(*record, cluster.name())) continue;
    const auto pod = home_.pods.store().get({b.ns, b.pod_name});
    if (!pod || pod->meta.uid != b.pod_uid || kube::is_terminal(pod->phase)) continue;
    const auto debuggers = debuggers_of(cluster, b, *pod);
    if (!debuggers) continue;
    auto needed = references_.pods().of(*pod, *debuggers);
    // When the needs are unknown, nothing may be removed either.
    if (!needed) return base::fail(std::move(needed.error()).with_context("reading pod " + b.pod_name));
    std::ranges::move(*needed, std::back_inserter(use.needed));
  }
  for (const auto& twin : cluster.twins()) {
    const auto pod = kube::value_or_empty(twin->meta.annotations, burst::kHomePodAnnotation);
    const bool here = twin->meta.ns == place.remote_namespace && namespace_of(pod) == place.home_namespace;
    if (!here || kube::is_terminal(twin->phase)) continue;
    if (auto subdomain = kube::value_or_empty(twin->meta.labels, burst::kSubdomainLabel); !subdomain.empty())
      use.subdomains.insert(std::move(subdomain));
    std::istringstream names(kube::value_or_empty(twin->meta.annotations, burst::kCopiesAnnotation));
    for (std::string name; std::getline(names, name, ',');) use.named.insert(name);
  }
  return use;
}

base::Outcome CopyKeeper::write(RemoteCluster& cluster, CopyStore& store, std::vector<burst::Copy> copies) {
  const auto provider = home_.provider(cluster.name());
  if (!provider) return {};
  const auto last = [&](const burst::Copy& copy) {
    const auto at = refreshed_.find(refreshed_key(cluster, store, copy));
    return at == refreshed_.end() ? base::SteadyTime{} : at->second;
  };
  {
    std::lock_guard lock(mutex_);
    std::ranges::stable_sort(copies, {}, last);
  }
  if (copies.size() > kSourcesPerRound) copies.resize(kSourcesPerRound);
  const auto until = std::chrono::steady_clock::now() + kWritingFor;
  base::Outcome first;
  for (const burst::Copy& copy : copies) {
    if (std::chrono::steady_clock::now() > until) break;
    {  // before it is tried: a copy that fails has had its turn, too
      std::lock_guard lock(mutex_);
      refreshed_[refreshed_key(cluster, store, copy)] = std::chrono::steady_clock::now();
    }
    note(first, references_.refresh(cluster, store, copy, provider->policy));
  }
  return first;
}

base::Outcome CopyKeeper::remove_unused(RemoteCluster& cluster, CopyStore& store, const burst::CopyUse& use) {
  const auto provider = home_.provider(cluster.name());
  const bool leaving = !provider || provider->meta.deleting_since;
  // Called with the lock: a new pod may use the copy by now.
  const auto is_due = [&](const burst::Copy& copy) {
    return store.unused_for(copy, false) >= kUnusedFor || leaving;
  };
  std::vector<burst::Copy> due;
  {
    std::unique_lock lock(store.mutex(), kLockWait);
    if (!lock) return base::fail(place_is_busy());
    const burst::CopyPlan plan = burst::plan_copies(store.place(), use, store.listed());
    for (const burst::Copy& copy : plan.keep) store.unused_for(copy, true);
    std::ranges::copy_if(plan.remove, std::back_inserter(due), is_due);
  }
  // Another home under our id may use them (R4).
  if (!cluster.sweeping_allowed()) return {};
  base::Outcome first;
  for (const burst::Copy& copy : due) {
    std::unique_lock lock(store.mutex(), kLockWait);
    if (!lock) return base::fail(place_is_busy());
    if (!is_due(copy)) continue;
    const auto removed = store.remove(cluster, copy);
    note(first, removed);
    if (!removed && removed.error().is(base::Code::kDeadline)) return first;  // the next would time out, too
    std::lock_guard own(mutex_);
    refreshed_.erase(refreshed_key(cluster, store, copy));
  }
  std::unique_lock lock(store.mutex(), kLockWait);
  if (!lock) return base::fail(place_is_busy());
  if (store.has_root() && store.listed().empty() && use.nobody()) note(first, store.remove_root(cluster));
  return first;
}

}  // namespace op
