#include "operator/bursts/gpu_mismatch.h"

#include <prometheus/counter.h>
#include <prometheus/registry.h>

#include "base/log.h"
#include "base/metrics.h"
#include "operator/bursts/actions.h"

namespace op {

void tell_gpu_mismatch(BurstContext& c, const Gathered& g) {
  static auto& family = prometheus::BuildCounter()
                            .Name("neoburst_gpu_mismatches_total")
                            .Help("Twins that were placed on another GPU model than their offer promised.")
                            .Register(base::metrics());
  const burst::Attempt& attempt = g.situation.burst.attempt;
  const std::string message = burst::gpu_mismatch(attempt, *g.situation.remote.twin);
  family.Add({{"provider", attempt.provider}, {"offer", attempt.offer}}).Increment();
  base::log_warning("wrong GPU model", {{"twin", attempt.name}, {"message", message}});
  if (!g.pod) return;
  c.home.events.record({"v1", "Pod", g.pod->meta.key(), g.pod->meta.uid}, kube::EventType::kWarning,
                       std::string(burst::kReasonGpuMismatch), "Burst", message);
}

base::Outcome record_gpu_mismatch(BurstContext& c, Gathered& g) {
  const auto& twin = g.situation.remote.twin;
  burst::Burst b = g.situation.burst;
  if (!twin || twin->other_gpu.empty() || b.attempt.observed_gpu_model == twin->other_gpu) return {};
  tell_gpu_mismatch(c, g);  // first: two reports are better than none
  refuse(b, b.attempt.offer, std::string(burst::kReasonGpuMismatch), burst::gpu_mismatch(b.attempt, *twin),
         g.situation.now);
  b.attempt.observed_gpu_model = twin->other_gpu;
  return write_burst(c, g, b);
}

}  // namespace op
