#include "kube/core/pod_record.h"

#include <algorithm>

#include "kube/core/pod_resources.h"

namespace kube {

namespace {

std::vector<std::string>& kept_annotation_texts() {
  static std::vector<std::string> texts;
  return texts;
}

bool keep_annotation(std::string_view key) {
  return std::ranges::any_of(kept_annotation_texts(), [&](const std::string& text) {
    return key.find(text) != std::string_view::npos;
  });
}

PodPhase to_phase(std::string_view text) {
  if (text == "Running") return PodPhase::kRunning;
  if (text == "Succeeded") return PodPhase::kSucceeded;
  if (text == "Failed") return PodPhase::kFailed;
  // A pod without a phase has just been created; the API server shows it as Pending.
  return text.empty() || text == "Pending" ? PodPhase::kPending : PodPhase::kUnknown;
}

base::Outcome read_toleration(JsonValue element, std::vector<Toleration>& out) {
  Toleration toleration;
  auto read = for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "key") return assign(toleration.key, read_string(value));
    if (key == "operator") return assign(toleration.op, read_string(value));
    if (key == "value") return assign(toleration.value, read_string(value));
    if (key == "effect") return assign(toleration.effect, read_string(value));
    return {};
  });
  if (read) out.push_back(std::move(toleration));
  return read;
}

base::Outcome read_condition(JsonValue element, std::vector<PodCondition>& out) {
  PodCondition condition;
  auto read = for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "type") return assign(condition.type, read_string(value));
    if (key == "status") return assign(condition.status, read_string(value));
    if (key == "reason") return assign(condition.reason, read_string(value));
    if (key == "message") return assign(condition.message, read_string(value));
    if (key == "lastTransitionTime") return assign(condition.changed, read_time(value));
    if (key == "observedGeneration") return assign(condition.observed_generation, read_int(value));
    return {};
  });
  if (read) out.push_back(std::move(condition));
  return read;
}

/// The text `field` of each element of a list of objects.
base::Outcome read_texts(JsonValue list, std::string_view field, std::vector<std::string>& out) {
  return for_each_element(list, [&](JsonValue element) {
    return for_each_field_in(element, [&](std::string_view key, JsonValue value) -> base::Outcome {
      if (key != field) return {};
      return assign(out.emplace_back(), read_string(value));
    });
  });
}

base::Outcome read_spec(JsonValue spec, PodRecord& pod, PodResourceSum& resources) {
  return for_each_field_in(spec, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "nodeName") return assign(pod.node_name, read_string(value));
    if (key == "subdomain") return assign(pod.subdomain, read_string(value));
    if (key == "containers") return resources.read_containers(value);
    if (key == "initContainers") return resources.read_init_containers(value);
    if (key == "ephemeralContainers") return read_texts(value, "name", pod.ephemeral_containers);
    if (key == "overhead") return resources.read_overhead(value);
    if (key == "readinessGates") return read_texts(value, "conditionType", pod.readiness_gates);
    if (key == "tolerations") {
      return for_each_element(value,
                              [&](JsonValue element) { return read_toleration(element, pod.tolerations); });
    }
    if (key == "schedulingGates") {
      return for_each_element(value, [&](JsonValue) -> base::Outcome {
        pod.gated = true;
        return {};
      });
    }
    return {};
  });
}

base::Outcome read_status(JsonValue status, PodRecord& pod) {
  return for_each_field_in(status, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "phase") {
      auto phase = read_string(value);
      if (!phase) return base::fail(std::move(phase.error()));
      pod.phase = to_phase(*phase);
      return {};
    }
    if (key == "reason") return assign(pod.reason, read_string(value));
    if (key == "message") return assign(pod.message, read_string(value));
    if (key == "startTime") return assign(pod.started, read_time(value));
    if (key == "conditions") {
      return for_each_element(value,
                              [&](JsonValue element) { return read_condition(element, pod.conditions); });
    }
    return {};
  });
}

}  // namespace

std::string_view to_string(PodPhase phase) {
  switch (phase) {
    case PodPhase::kPending:
      return "Pending";
    case PodPhase::kRunning:
      return "Running";
    case PodPhase::kSucceeded:
      return "Succeeded";
    case PodPhase::kFailed:
      return "Failed";
    case PodPhase::kUnknown:
      break;
  }
  return "Unknown";
}

std::int64_t PodRecord::requested(std::string_view name) const { return amount_of(extended_resources, name); }

const PodCondition* PodRecord::condition(std::string_view type) const {
  for (const auto& condition : conditions) {
    if (condition.type == type) return &condition;
  }
  return nullptr;
}

void keep_pod_annotations_containing(std::vector<std::string> texts) {
  kept_annotation_texts() = std::move(texts);
}

base::Result<PodRecord> decode_pod(JsonObject& object) {
  PodRecord pod;
  PodResourceSum resources;
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata") return assign(pod.meta, read_meta(value, keep_annotation));
    if (key == "spec") return read_spec(value, pod, resources);
    if (key == "status") return read_status(value, pod);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()).with_context("pod " + pod.meta.key().text()));
  if (pod.meta.name.empty()) return base::fail(base::Code::kMalformed, "pod without metadata");
  pod.extended_resources = resources.total();
  pod.tolerations.shrink_to_fit();
  pod.conditions.shrink_to_fit();
  return pod;
}

}  // namespace kube
