#include "burst/names.h"
#include "burst/translate.h"
#include "operator/bursts/actions.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using Kind = Preparation::Kind;

/// The objects that a pod refers to are not watched at home, so they are polled.
constexpr auto kMissingAgain = 5s;
/// A pod does not change; a provider's policy or a claim may.
constexpr auto kUnfitAgain = 30s;

void tell(BurstContext& c, const Gathered& g, const std::string& reason, const std::string& message) {
  c.home.events.record({"v1", "Pod", g.pod->meta.key(), g.pod->meta.uid}, kube::EventType::kWarning, reason,
                       "Burst", message);
}

}  // namespace

void tell_refusal(BurstContext& c, const Gathered& g, const std::string& offer, const std::string& why) {
  tell(c, g, "OfferRefused", "offer " + offer + " did not take this pod: " + why);
}

base::Result<Preparation> prepare(BurstContext& c, Gathered& g, RemoteCluster& cluster,
                                  const nlohmann::json& pod, const burst::TwinContext& trial) {
  if (const auto twin = burst::make_twin(pod, trial); !twin) {
    const base::Status& why = twin.error();
    if (why.is(base::Code::kForbidden)) return Preparation{Kind::kRefused, why.message, {}};
    tell(c, g, "CannotBurst", why.message);
    return Preparation{Kind::kWait, why.message, kUnfitAgain, true};
  }
  const auto verdict = c.references.ensure(cluster, pod, trial.burst.attempt.remote_namespace, trial.policy);
  if (!verdict) return base::fail(verdict.error());
  for (const std::string& secret : verdict->missing_pull_secrets) {
    tell(c, g, "FailedToRetrieveImagePullSecret",
         "Unable to retrieve some image pull secrets (" + secret +
             "); attempting to pull the image may not succeed.");
  }
  switch (verdict->kind) {
    case ReferenceVerdict::Kind::kReady:
      break;
    case ReferenceVerdict::Kind::kRefused:
      return Preparation{Kind::kRefused, verdict->refusal, {}};
    case ReferenceVerdict::Kind::kMissing:
      tell(c, g, verdict->missing.event_reason, verdict->missing.event_message);
      return Preparation{Kind::kWait, verdict->missing.message, kMissingAgain};
  }
  return Preparation{};
}

}  // namespace op
