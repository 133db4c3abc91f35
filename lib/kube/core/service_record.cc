#include "kube/core/service_record.h"

#include <algorithm>

namespace kube {

base::Result<ServiceRecord> decode_service(JsonObject& object) {
  ServiceRecord service;
  auto read_text = [](JsonValue value, std::string_view wanted, bool& is) -> base::Outcome {
    auto text = read_string(value);
    if (!text) return base::fail(std::move(text.error()));
    is = *text == wanted;
    return {};
  };
  auto read_spec = [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "selector") return assign(service.selector, read_string_map(value));
    if (key == "clusterIP") return read_text(value, "None", service.headless);
    if (key == "type") return read_text(value, "ExternalName", service.external);
    return {};
  };
  auto read = for_each_field(object, [&](std::string_view key, JsonValue value) -> base::Outcome {
    if (key == "metadata") return assign(service.meta, read_meta(value, nullptr));
    if (key == "spec") return for_each_field_in(value, read_spec);
    return {};
  });
  if (!read) return base::fail(std::move(read.error()).with_context("service " + service.meta.key().text()));
  if (service.meta.name.empty()) return base::fail(base::Code::kMalformed, "service without metadata");
  return service;
}

bool selects(const ServiceRecord& service, const StringMap& labels) {
  if (service.external || service.selector.empty()) return false;
  return std::ranges::all_of(service.selector, [&](const auto& wanted) {
    const std::string* value = find_value(labels, wanted.first);
    return value && *value == wanted.second;
  });
}

bool needs_address(const ServiceRecord& service, const PodRecord& pod) {
  if (service.headless && service.meta.name == pod.subdomain) return false;
  return selects(service, pod.meta.labels);
}

}  // namespace kube
