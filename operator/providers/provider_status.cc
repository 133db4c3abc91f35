#include "operator/providers/provider_status.h"

#include <algorithm>
#include <utility>

#include "api/write.h"
#include "base/time_text.h"
#include "operator/feeds/feed_status.h"

namespace op {
namespace {

constexpr std::size_t kMissingShown = 4;

std::string join_missing(const std::vector<std::string>& missing) {
  std::string text;
  const auto shown = std::min(missing.size(), kMissingShown);
  for (std::size_t i = 0; i < shown; ++i) text += (i ? ", " : "") + missing[i];
  if (missing.size() > shown) text += " and " + std::to_string(missing.size() - shown) + " more";
  return text;
}

Trouble missing_permissions(const ProbeResult& probe) {
  if (!probe.permissions || probe.permissions->missing.empty()) return {};
  return {"PermissionsMissing", "the credentials may not " + join_missing(probe.permissions->missing) +
                                    ": apply docs/provider-access.yaml at the provider"};
}

/// Three things show what there is to burst to: a list of the provider's nodes, its own offers, or the
/// owner's word.
Trouble unknown_capacity(const api::ProviderRecord& provider, const ProbeResult& probe) {
  if (!provider.declared.empty() || !probe.permissions || probe.permissions->read_nodes) return {};
  if (probe.published_offers > 0) return {};
  return {
      "CapacityUnknown",
      "the credentials may not list and watch nodes, the provider publishes no offers, and no capacity is "
      "declared: allow it (docs/provider-access.yaml) or fill in spec.capacity"};
}

Trouble heartbeat_trouble(const ProbeResult& probe) {
  if (probe.heartbeat_trouble) return probe.heartbeat_trouble;
  switch (probe.heartbeat) {
    case HeartbeatVerdict::kOurs:
      return {};
    case HeartbeatVerdict::kWaiting:
      return {"InstallationCheck",
              "another cluster with our installation id left a heartbeat at the provider; waiting to see "
              "whether it "
              "is alive"};
    case HeartbeatVerdict::kForeign:
      return {
          "InstallationConflict",
          "another cluster with our installation id is alive at the provider (were both restored from one "
          "backup?): stop Neoburst in one of them, or give it another namespace at the provider"};
  }
  return {};
}

std::string places_of(const burst::NamespaceRule& namespaces) {
  if (!namespaces.mapped()) return "namespace " + namespaces.given;
  return "namespaces " + namespaces.prefix + "*";
}

struct Verdicts {
  api::Condition reachable;
  api::Condition authorised;
  api::Condition ready;
};

api::Condition as_condition(std::string type, const Trouble& trouble, std::string reason,
                            std::string message) {
  api::Condition c;
  c.type = std::move(type);
  c.status = trouble ? "False" : "True";
  c.reason = trouble ? trouble.reason : std::move(reason);
  c.message = trouble ? trouble.message : std::move(message);
  return c;
}

Trouble first_of(std::initializer_list<Trouble> troubles) {
  for (const auto& trouble : troubles) {
    if (trouble) return trouble;
  }
  return {};
}

Verdicts judge_probe(const api::ProviderRecord& provider, const ProbeResult& probe) {
  Verdicts v;
  const Trouble unreached = first_of({probe.credentials, probe.unreachable});
  v.reachable =
      as_condition("Reachable", unreached, "Answered",
                   "the API server answers" + (probe.version.empty() ? "" : ", version " + probe.version));

  const Trouble unauthorised = first_of({probe.rejected, missing_permissions(probe)});
  v.authorised =
      as_condition("Authorised", unauthorised, "Permitted",
                   "the credentials may do what bursting needs in " + places_of(provider.namespaces));
  if (!unauthorised && !probe.permissions) {
    v.authorised.status = "Unknown";
    v.authorised.reason = "NotAsked";
    v.authorised.message = "the provider could not be asked";
  }

  Trouble spec;
  if (!provider.problem.empty()) spec = {"Invalid", provider.problem};
  Trouble paused;
  if (provider.paused) paused = {"Paused", "spec.paused: nothing new bursts to this provider"};
  const Trouble unready = first_of({probe.removal, spec, unreached, unauthorised, heartbeat_trouble(probe),
                                    unknown_capacity(provider, probe), paused});
  v.ready = as_condition("Ready", unready, "Ready", "pods may burst to " + places_of(provider.namespaces));
  if (!unready && !probe.permissions) {
    v.ready.status = "Unknown";
    v.ready.reason = "NotAsked";
    v.ready.message = v.authorised.message;
  }
  return v;
}

/// Round-trip times jitter; people need only the order of magnitude.
std::int64_t bucket(std::chrono::milliseconds round_trip) {
  for (const std::int64_t step : {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000}) {
    if (round_trip.count() <= step) return step;
  }
  return 5000;
}

/// The part of a status whose change is worth a write.
nlohmann::json substance(nlohmann::json status) {
  status.erase("lastContactTime");
  status.erase("roundTripMilliseconds");
  if (status.contains("conditions")) {
    for (auto& condition : status["conditions"]) condition.erase("lastTransitionTime");
  }
  return status;
}

}  // namespace

Trouble explain_rejection(const base::Status& status, const kube::ObjectKey& secret) {
  return {"CredentialsRejected",
          "the provider refuses the credentials in Secret " + secret.text() +
              " (wrong, revoked or expired): put a valid kubeconfig there; it said: " + status.message};
}

Trouble explain_unreachable(const base::Status& status, const std::string& server) {
  return {"Unreachable",
          "no answer from " + server + ": " + status.message +
              "; check the server's address and certificate authority in the kubeconfig and the "
              "network in between"};
}

std::vector<api::Condition> provider_conditions(const api::ProviderRecord& provider, const ProbeResult& probe,
                                                const std::vector<api::Condition>& before, base::Time now) {
  auto conditions = before;
  auto verdicts = judge_probe(provider, probe);
  for (auto* condition : {&verdicts.reachable, &verdicts.authorised, &verdicts.ready}) {
    condition->observed_generation = provider.meta.generation;
    api::set_condition(conditions, std::move(*condition), now);
  }
  set_feed_condition(provider, probe.feed, conditions, now);
  return conditions;
}

std::optional<nlohmann::json> provider_status(const api::ProviderRecord& provider, const ProbeResult& probe,
                                              base::Time now) {
  auto written =
      nlohmann::json::parse(provider.status_text.empty() ? "{}" : provider.status_text, nullptr, false);
  if (!written.is_object()) written = nlohmann::json::object();
  // Parts that this round did not reach stay as they were.
  nlohmann::json status = written;
  status["observedGeneration"] = provider.meta.generation;
  status["conditions"] = nlohmann::json::array();
  for (const auto& condition : provider_conditions(provider, probe, provider.conditions, now)) {
    status["conditions"].push_back(api::condition_json(condition));
  }
  set_feed_status(provider, probe.feed, status);
  if (probe.reached() && !probe.version.empty()) {
    status["version"] = probe.version;
    status["roundTripMilliseconds"] = bucket(probe.round_trip);
    status["gpus"] = {{"total", probe.gpus_total}, {"free", probe.gpus_free}};
    // Only a provider where we might have created something has this: see was_ever_used() in
    // provider_removal.cc.
    if (probe.permissions && probe.permissions->missing.empty())
      status["lastContactTime"] = base::format_time(now);
  }
  if (substance(status) == substance(written)) return std::nullopt;
  return status;
}

}  // namespace op
