#include "extender/service_metrics.h"

#include <string>

namespace extender {
namespace {

ServiceMetrics make_metrics() {
  auto& requests = prometheus::BuildCounter()
                       .Name("neoburst_extender_requests_total")
                       .Help("Calls of kube-scheduler, by verb and what came of them")
                       .Register(base::metrics());
  auto counter = [&](std::string_view verb, std::string_view result) {
    return &requests.Add({{"verb", std::string(verb)}, {"result", std::string(result)}});
  };
  ServiceMetrics out;
  for (std::size_t i = 0; i < out.filter_results.size(); ++i) {
    out.filter_results[i] = counter("filter", to_string(static_cast<FilterResult>(i)));
  }
  out.filter_error = counter("filter", "error");
  out.preempt_held = counter("preempt", "held");
  out.preempt_home = counter("preempt", "home");
  out.preempt_error = counter("preempt", "error");

  auto& seconds = prometheus::BuildHistogram()
                      .Name("neoburst_extender_request_seconds")
                      .Help("Time from the whole request in memory to the whole reply in memory")
                      .Register(base::metrics());
  const prometheus::Histogram::BucketBoundaries buckets{0.00001, 0.000025, 0.00005, 0.0001, 0.00025,
                                                        0.0005,  0.001,    0.0025,  0.01,   0.1};
  out.filter_seconds = &seconds.Add({{"verb", "filter"}}, buckets);
  out.preempt_seconds = &seconds.Add({{"verb", "preempt"}}, buckets);
  return out;
}

}  // namespace

ServiceMetrics& service_metrics() {
  static ServiceMetrics metrics = make_metrics();
  return metrics;
}

}  // namespace extender
