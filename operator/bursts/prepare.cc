#include "burst/names.h"
#include "burst/translate.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using namespace std::chrono_literals;

/// The objects that a pod refers to are not watched at home, so they are polled.
constexpr auto kMissingAgain = 5s;
/// A pod does not change; a provider's policy or a claim may.
constexpr auto kUnfitAgain = 30s;

}  // namespace

void warn_pod(BurstContext& c, const Gathered& g, const std::string& reason, const std::string& message) {
  if (!g.pod) return;
  c.home.events.record({"v1", "Pod", g.pod->meta.key(), g.pod->meta.uid}, kube::EventType::kWarning, reason,
                       "Burst", message);
}

void tell_refusal(BurstContext& c, const Gathered& g, const std::string& offer, const std::string& why) {
  warn_pod(c, g, "OfferRefused", "offer " + offer + " did not take this pod: " + why);
}

base::Result<Preparation> prepare(BurstContext& c, Gathered& g, RemoteCluster& cluster,
                                  const nlohmann::json& pod, const burst::TwinContext& trial) {
  if (const auto twin = burst::make_twin(pod, trial); !twin) {
    const base::Status& why = twin.error();
    if (why.is(base::Code::kForbidden)) return Preparation{Preparation::Kind::kRefused, why.message, {}};
    warn_pod(c, g, "CannotBurst", why.message);
    return Preparation{Preparation::Kind::kWait, why.message, kUnfitAgain, true};
  }
  const auto verdict = c.references.ensure(cluster, pod, trial.burst.attempt.remote_namespace, trial.policy);
  if (!verdict) return base::fail(verdict.error());
  for (const std::string& secret : verdict->missing_pull_secrets) {
    warn_pod(c, g, "FailedToRetrieveImagePullSecret",
             "Unable to retrieve some image pull secrets (" + secret +
                 "); attempting to pull the image may not succeed.");
  }
  switch (verdict->kind) {
    case ReferenceVerdict::Kind::kReady:
      break;
    case ReferenceVerdict::Kind::kRefused:
      return Preparation{Preparation::Kind::kRefused, verdict->refusal, {}};
    case ReferenceVerdict::Kind::kMissing:
      warn_pod(c, g, verdict->missing.event_reason, verdict->missing.event_message);
      return Preparation{Preparation::Kind::kWait, verdict->missing.message, kMissingAgain};
  }
  return Preparation{};
}

}  // namespace op
