#include "operator/usage/pod_metrics.h"

#include <utility>

#include "base/time_text.h"
#include "kube/core/json_text.h"
#include "kube/core/quantity.h"

namespace op {
namespace {

using nlohmann::json;

constexpr kube::Resource kPodMetrics{"metrics.k8s.io", "v1beta1", "pods", "PodMetrics", true};
constexpr std::chrono::seconds kMetricsTimeout{5};
/// Some hundred bytes a container: enough for ten thousands of them.
constexpr std::size_t kMaxReplyBytes = 16u << 20;
/// No machine has more; a larger value is no measurement and would spoil the counters for good.
constexpr std::int64_t kMostNanoCores = 1'000'000'000'000;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 50;

const json& list_at(const json& object, const char* field) {
  static const json none = json::array();
  if (!object.is_object()) return none;
  const auto it = object.find(field);
  return it != object.end() && it->is_array() ? *it : none;
}

/// "123456789n", "250m", "2": metrics servers write nanocores, which whole thousandths would round up to 1m.
std::optional<std::int64_t> nano_cores(const std::string& text) {
  std::int64_t factor = 1'000'000;  // from thousandths
  std::string number = text;
  if (text.ends_with('n') || text.ends_with('u')) {
    factor = text.ends_with('n') ? 1 : 1000;
    number.pop_back();
    if (number.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    const auto whole = kube::parse_quantity(number);
    if (!whole || *whole > kMostNanoCores / factor) return std::nullopt;
    return *whole * factor;
  }
  const auto milli = kube::parse_quantity_milli(number);
  if (!milli || *milli < 0 || *milli > kMostNanoCores / factor) return std::nullopt;
  return *milli * factor;
}

std::optional<ContainerUsage> read_container(const json& object, base::Time at) {
  const std::string name = kube::text_at(object, "name");
  const auto usage = object.is_object() ? object.find("usage") : object.end();
  if (name.empty() || usage == object.end()) return std::nullopt;
  const auto cpu = nano_cores(kube::text_at(*usage, "cpu"));
  const auto memory = kube::parse_quantity(kube::text_at(*usage, "memory"));
  if (!cpu || !memory || *memory < 0 || *memory > kMostBytes) return std::nullopt;
  return ContainerUsage{.name = name, .at = at, .nano_cores = *cpu, .memory_bytes = *memory};
}

}  // namespace

PodMetrics read_pod_metrics(const json& list) {
  PodMetrics found;
  for (const json& item : list_at(list, "items")) {
    const auto metadata = item.is_object() ? item.find("metadata") : item.end();
    const auto at = base::parse_time(kube::text_at(item, "timestamp"));
    if (metadata == item.end() || !at) continue;
    const std::string name = kube::text_at(*metadata, "name");
    for (const json& container : list_at(item, "containers")) {
      if (auto usage = read_container(container, *at); usage && !name.empty())
        found[name].push_back(std::move(*usage));
    }
  }
  return found;
}

base::Result<PodMetrics> fetch_pod_metrics(kube::Client& provider, const std::string& ns,
                                           const std::string& label_selector, std::stop_token stop) {
  auto request = kube::list_request(kPodMetrics, ns, {.label_selector = label_selector, .limit = 0});
  request.timeout = kMetricsTimeout;
  const auto reply = provider.send(std::move(request), stop);
  if (!reply) {
    const bool none = reply.error().is(base::Code::kNotFound) || reply.error().is(base::Code::kForbidden);
    if (none) return PodMetrics();
    return base::fail(reply.error());
  }
  if (reply->body.size() > kMaxReplyBytes) {
    return base::fail(base::Code::kMalformed, "the metrics API's reply is larger than 16 MiB");
  }
  const json list = json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  if (list.is_discarded()) return base::fail(base::Code::kMalformed, "the metrics API's reply is not JSON");
  return read_pod_metrics(list);
}

}  // namespace op
