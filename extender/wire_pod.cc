#include "extender/wire_pod.h"

#include <algorithm>
#include <utility>

#include "burst/names.h"
#include "kube/core/pod_resources.h"

namespace extender {
namespace {

auto malformed_pod(const char* text) { return base::fail(base::Code::kMalformed, text); }

base::Outcome read_metadata(PodFacts& pod, kube::JsonValue value) {
  auto keep = [](std::string_view key) { return key == burst::kReservedAnnotation; };
  auto meta = kube::read_meta(value, keep);
  if (!meta) return base::fail(std::move(meta.error()));
  if (const auto* reserved = kube::find_value(meta->annotations, burst::kReservedAnnotation)) {
    pod.reserved = *reserved;
  }
  pod.ns = std::move(meta->ns);
  pod.name = std::move(meta->name);
  pod.uid = std::move(meta->uid);
  pod.labels = std::move(meta->labels);
  return {};
}

base::Outcome read_spread(PodFacts& pod, kube::JsonValue value) {
  return kube::for_each_element(value, [&](kube::JsonValue element) -> base::Outcome {
    kube::JsonObject constraint;
    if (element.get_object().get(constraint))
      return malformed_pod("a topologySpreadConstraint is not an object");
    return kube::for_each_field(constraint,
                                [&](std::string_view key, kube::JsonValue field) -> base::Outcome {
                                  if (key != "whenUnsatisfiable") return {};
                                  auto text = kube::read_string(field);
                                  if (!text) return base::fail(std::move(text.error()));
                                  pod.spreads_hard = pod.spreads_hard || *text == "DoNotSchedule";
                                  return {};
                                });
  });
}

base::Outcome read_spec(PodFacts& pod, kube::JsonValue value) {
  kube::JsonObject spec;
  if (value.get_object().get(spec)) return malformed_pod("spec is not an object");
  kube::PodResourceSum sum;
  auto read = kube::for_each_field(spec, [&](std::string_view key, kube::JsonValue field) -> base::Outcome {
    if (key == "containers") return sum.read_containers(field);
    if (key == "initContainers") return sum.read_init_containers(field);
    if (key == "topologySpreadConstraints") return read_spread(pod, field);
    return {};
  });
  if (!read) return read;
  pod.gpus = std::max<std::int64_t>(0, kube::amount_of(sum.total(), burst::kGpuResource));
  return {};
}

}  // namespace

base::Result<PodFacts> read_pod(kube::JsonValue value) {
  PodFacts pod;
  kube::JsonObject object;
  if (value.get_object().get(object)) return malformed_pod("not an object");
  auto read = kube::for_each_field(object, [&](std::string_view key, kube::JsonValue field) -> base::Outcome {
    if (key == "metadata") return read_metadata(pod, field);
    if (key == "spec") return read_spec(pod, field);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()));
  if (pod.ns.empty()) return malformed_pod("metadata.namespace is missing");
  if (pod.name.empty()) return malformed_pod("metadata.name is missing");
  if (pod.uid.empty()) return malformed_pod("metadata.uid is missing");
  return pod;
}

}  // namespace extender
