#include "operator/bursts/provider_events.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "base/digest.h"
#include "base/metrics.h"
#include "burst/provider_event.h"

namespace op {
namespace {

/// Older events were reported by an earlier leader, or are of no use any more. Shorter than home keeps
/// events: until then their names keep them from being written twice.
constexpr auto kOldest = std::chrono::minutes(5);

void count(const char* result) {
  static auto& family = prometheus::BuildCounter()
                            .Name("neoburst_provider_events_total")
                            .Help("Events of providers about twins by what became of them.")
                            .Register(base::metrics());
  family.Add({{"result", result}}).Increment();
}

}  // namespace

void ProviderEvents::heard(const std::string& provider, const kube::EventRecord& event) {
  const auto attempt = attempts_.find(event.about.name);
  const bool about_twin = attempt && event.kind == "Pod" && attempt->provider == provider &&
                          attempt->remote_namespace == event.about.ns;
  if (!about_twin) return;
  const bool old = event.last_observed && *event.last_observed < home_.clock.now() - kOldest;
  const burst::EventNames names{.provider = provider,
                                .attempt = event.about.name,
                                .twin_uid = event.about_uid,
                                .remote_namespace = event.about.ns,
                                .pod = attempt->pod.name,
                                .pod_uid = attempt->pod_uid,
                                .ns = attempt->pod.ns,
                                .copies = copies_.names(attempt->pod_uid)};
  const auto told =
      old ? std::nullopt
          : burst::event_for_owner({event.type == "Warning", event.reason, event.message}, names);
  if (!told) return count("ignored");
  const auto type = told->warning ? kube::EventType::kWarning : kube::EventType::kNormal;
  const std::string key = base::short_digest(
      attempt->pod_uid + '\n' + event.type + '\n' + told->reason + '\n' + told->message, 16);
  {
    std::lock_guard lock(mutex_);
    if (!budget_.is_news(key, event.count)) return count("repeated");
    if (!budget_.take(attempt->pod_uid, home_.clock.steady_now())) return count("limited");
    budget_.note(key, event.count);
  }
  count("told");
  home_.events.record_series({"v1", "Pod", attempt->pod, attempt->pod_uid}, type, told->reason, "Provider",
                             told->message, key, event.count);
}

}  // namespace op
