#include "operator/references/references.h"

#include <algorithm>
#include <utility>

#include "burst/names.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

/// A twin that is being created has been seen by then.
constexpr auto kTwinSeenWithin = 20s;
/// The environment of an ephemeral container is read once, after its image was pulled.
constexpr auto kEphemeralStartsWithin = 600s;
/// A copy that was sent so lately is taken to be there: pods of one job come by the hundred.
constexpr auto kSentStandsFor = 8s;
/// The same for a copy that some twin has mounted already. If a Secret, which cannot be read there, is lost
/// or changed at the provider, it is right again after that long.
constexpr auto kUnchangedStandsFor = 300s;
/// A worker has other pods to reconcile while a caller waits for a provider.
constexpr auto kWaitForOthers = 500ms;
constexpr auto kOthersAgain = 200ms;
/// The keeper has time.
constexpr auto kKeeperWaits = 5s;

const kube::Resource& resource_of_copies(burst::CopyKind kind) {
  switch (kind) {
    case burst::CopyKind::kSecret:
      return kube::kSecrets;
    case burst::CopyKind::kService:
      return kube::kServices;
    case burst::CopyKind::kConfigMap:
      break;
  }
  return kube::kConfigMaps;
}

ReferenceVerdict refused(std::string why) {
  return {.kind = ReferenceVerdict::Kind::kRefused, .refusal = std::move(why)};
}

/// Whether the next offer is tried. A provider that fails at a copy, or does not answer, is no better than
/// one that refuses: the pod must not wait for it.
bool leads_to_next_offer(const base::Status& status) {
  switch (status.code) {
    case base::Code::kConflict:
    case base::Code::kAlreadyExists:
    case base::Code::kThrottled:
    case base::Code::kCancelled:
      return false;
    default:
      return true;
  }
}

/// The object that this pod waits for at home will not appear by itself.
ReferenceVerdict waits_for_people(std::string why) {
  return {.kind = ReferenceVerdict::Kind::kMissing, .missing = {"CannotBurst", why, why}};
}

/// Kinds that the credentials may not create: older access files do not grant them.
std::string lacking_right(const Permissions& permissions, const burst::Copy& copy) {
  const bool lacking = (copy.kind == burst::CopyKind::kSecret && !permissions.copy_secrets) ||
                       (copy.kind == burst::CopyKind::kService && !permissions.copy_services);
  if (!lacking) return {};
  return "the credentials may not create " + std::string(burst::to_string(copy.kind)) +
         "s at the provider, and the pod needs \"" + copy.source +
         "\" there: apply docs/provider-access.yaml at the provider";
}

std::string not_readable(const burst::Copy& copy, const burst::CopyPlace& place) {
  return "the operator may not read " + std::string(burst::to_string(copy.kind)) + " " +
         place.home_namespace + "/" + copy.source +
         ", which this pod refers to: grant it as in deploy/rbac.yaml";
}

}  // namespace

References::References(kube::Client& home, std::string installation)
    : home_(home),
      installation_(installation),
      namespaces_(installation),
      stores_(installation),
      pods_(home, std::move(installation)) {}

base::Result<json> References::read_source(const burst::Copy& copy, const std::string& home_namespace) {
  auto source = home_.get(resource_of_copies(copy.kind), home_namespace, copy.source);
  if (source) return source;
  if (source.error().is(base::Code::kNotFound)) return json();
  return base::fail(std::move(source.error())
                        .with_context("reading " + std::string(burst::to_string(copy.kind)) + " " +
                                      home_namespace + "/" + copy.source));
}

base::Result<ReferenceVerdict> References::gather(const std::vector<burst::Reference>& references,
                                                  const burst::CopyPlace& place,
                                                  const burst::PodPolicy& policy,
                                                  std::vector<Sourced>& sourced) {
  ReferenceVerdict verdict;
  const auto copies = burst::copies_of(place, references);
  for (std::size_t i = 0; i < references.size(); ++i) {
    const burst::Reference& reference = references[i];
    auto source = read_source(copies[i], place.home_namespace);
    if (!source && source.error().is(base::Code::kForbidden))
      return waits_for_people(not_readable(copies[i], place));
    if (!source) return base::fail(std::move(source.error()));
    const json* found = source->is_null() ? nullptr : &*source;
    if (auto missing = burst::missing_part(reference, place.home_namespace, found)) {
      verdict.kind = ReferenceVerdict::Kind::kMissing;
      verdict.missing = std::move(*missing);
      return verdict;
    }
    if (found == nullptr && reference.pull_secret) verdict.missing_pull_secrets.push_back(reference.name);
    if (found != nullptr && reference.kind == burst::ReferenceKind::kSecret) {
      const std::string type = found->value("type", "");
      auto why = burst::type_refusal(policy, reference.name, type);
      if (!why.empty() && burst::is_token_type(type)) return waits_for_people(std::move(why));
      if (!why.empty()) return refused(std::move(why));
    }
    sourced.push_back({copies[i], std::move(*source)});
  }
  return verdict;
}

base::Result<ReferenceVerdict> References::ensure(RemoteCluster& cluster, const json& pod,
                                                  const std::string& remote_namespace,
                                                  const burst::PodPolicy& policy) {
  const burst::CopyPlace place{installation_, pod.at("metadata").value("namespace", ""), remote_namespace};
  const auto references = burst::references_of(pod);
  if (!references) return base::fail(references.error());
  std::vector<Sourced> sourced;
  auto verdict = gather(*references, place, policy, sourced);
  if (!verdict || verdict->kind != ReferenceVerdict::Kind::kReady) return verdict;
  if (const auto service = burst::service_of(pod)) {
    auto source = read_source(*service, place.home_namespace);
    if (!source && source.error().is(base::Code::kForbidden))
      return waits_for_people(not_readable(*service, place));
    if (!source) return base::fail(std::move(source.error()));
    // Before the others: its name may be taken, and then nothing of the pod may be left there.
    if (burst::is_headless(*source)) sourced.insert(sourced.begin(), {*service, std::move(*source)});
  }
  pods_.note(pod);
  if (auto usable = namespaces_.ensure(cluster, remote_namespace, place.home_namespace); !usable) {
    if (!leads_to_next_offer(usable.error())) return base::fail(usable.error());
    return refused(usable.error().message);
  }
  auto brought = bring(cluster, place, sourced, kTwinSeenWithin);
  if (brought) brought->missing_pull_secrets = std::move(verdict->missing_pull_secrets);
  if (brought && brought->kind == ReferenceVerdict::Kind::kRefused)
    namespaces_.forget(cluster.name(), remote_namespace);
  return brought;
}

base::Result<ReferenceVerdict> References::ensure_ephemeral(RemoteCluster& cluster, const json& container,
                                                            const burst::CopyPlace& place,
                                                            const burst::PodPolicy& policy) {
  const auto references = burst::references_of_ephemeral(container);
  if (!references) return base::fail(references.error());
  std::vector<Sourced> sourced;
  auto verdict = gather(*references, place, policy, sourced);
  if (!verdict || verdict->kind != ReferenceVerdict::Kind::kReady) return verdict;
  return bring(cluster, place, sourced, kEphemeralStartsWithin);
}

base::Result<ReferenceVerdict> References::bring(RemoteCluster& cluster, const burst::CopyPlace& place,
                                                 const std::vector<Sourced>& sourced,
                                                 std::chrono::seconds used_for) {
  if (sourced.empty()) return ReferenceVerdict{};
  std::vector<burst::Copy> copies;
  for (const Sourced& each : sourced) {
    if (auto why = lacking_right(cluster.permissions(), each.copy); !why.empty()) return refused(why);
    copies.push_back(each.copy);
  }
  const auto failed = [](base::Status status) -> base::Result<ReferenceVerdict> {
    if (leads_to_next_offer(status)) return refused(status.message);
    return base::fail(std::move(status).with_context("copying what the pod refers to"));
  };
  const auto store = stores_.of(cluster.name(), place.remote_namespace, place.home_namespace);
  std::unique_lock lock(store->mutex(), kWaitForOthers);
  if (!lock) return base::fail(place_is_busy(kOthersAgain));
  store->use(copies, used_for);
  if (auto listed = store->list_copies(cluster, copies); !listed) return failed(listed.error());
  for (const Sourced& each : sourced) {
    if (each.source.is_null()) continue;  // optional, and not there yet
    if (auto written = store->write(cluster, each.copy, each.source, kSentStandsFor); !written)
      return failed(written.error());
  }
  return ReferenceVerdict{};
}

base::Outcome References::refresh(RemoteCluster& cluster, CopyStore& store, const burst::Copy& copy,
                                  const burst::PodPolicy& policy) {
  const bool secret = copy.kind == burst::CopyKind::kSecret;
  if ((secret && !policy.allow_secrets) || !lacking_right(cluster.permissions(), copy).empty()) return {};
  const burst::CopyPlace& place = store.place();
  const auto source = read_source(copy, place.home_namespace);
  if (!source) return base::fail(source.error());
  if (source->is_null()) return {};
  if (secret && !burst::type_refusal(policy, copy.source, source->value("type", "")).empty()) return {};
  if (copy.kind == burst::CopyKind::kService && !burst::is_headless(*source)) return {};
  // A missing ConfigMap is seen; a missing Secret or Service cannot be.
  const bool gone = copy.kind == burst::CopyKind::kConfigMap &&
                    cluster.namespaces().covers(place.remote_namespace) &&
                    !cluster.config_maps().get({place.remote_namespace, copy.name});
  std::unique_lock lock(store.mutex(), kKeeperWaits);
  if (!lock) return base::fail(place_is_busy(kOthersAgain));
  if (auto listed = store.list_copies(cluster, {copy}); !listed) return listed;
  return store.write(cluster, copy, *source, gone ? kSentStandsFor : kUnchangedStandsFor);
}

bool References::is_too_early(const RemoteCluster& cluster, const std::string& remote_namespace,
                              const base::Status& why) {
  if (!why.is(base::Code::kForbidden) && !why.is(base::Code::kNotFound)) return false;
  namespaces_.forget(cluster.name(), remote_namespace);
  return why.is(base::Code::kForbidden) && namespaces_.is_fresh(cluster.name(), remote_namespace);
}

}  // namespace op
