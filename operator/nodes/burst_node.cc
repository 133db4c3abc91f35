#include "operator/nodes/burst_node.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "base/time_text.h"
#include "burst/names.h"
#include "program/identity.h"

namespace op {
namespace {

constexpr std::string_view kProviderLabel = "neoburst.io/provider";
constexpr std::string_view kTypeLabel = "type";
constexpr std::string_view kTypeValue = "virtual-kubelet";
/// Our own condition: when the operator last looked after the node, so that a wedged operator is
/// seen.
constexpr std::string_view kOperatorCondition = "NeoburstOperator";

struct ConditionText {
  std::string_view type;
  std::string_view status;
  std::string_view reason;
  std::string_view message;
};
constexpr std::array<ConditionText, 6> kConditions{{
    {"Ready", "True", "BurstNodeReady", "stands for GPUs of a provider; see the GPUOffer for what is free"},
    {"MemoryPressure", "False", "NotApplicable", ""},
    {"DiskPressure", "False", "NotApplicable", ""},
    {"PIDPressure", "False", "NotApplicable", ""},
    {"NetworkUnavailable", "False", "NotApplicable", ""},
    {kOperatorCondition, "True", "Reconciled",
     "lastHeartbeatTime tells when the operator last looked after this node"},
}};

/// A label value: at most 63 of [A-Za-z0-9._-], alphanumeric at both ends.
std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    out.push_back(word || c == '-' || c == '_' || c == '.' ? c : '-');
  }
  const auto trim = [&] {
    while (!out.empty() && !std::isalnum(static_cast<unsigned char>(out.back()))) out.pop_back();
  };
  out.erase(0, std::min(out.find_first_not_of("-_."), out.size()));
  trim();
  out.resize(std::min<std::size_t>(out.size(), 63));
  trim();
  return out;
}

nlohmann::json conditions(const nlohmann::json& before, base::Time now) {
  const std::string time = base::format_time(now);
  nlohmann::json list = nlohmann::json::array();
  for (const auto& text : kConditions) {
    nlohmann::json condition{{"type", text.type},         {"status", text.status},
                             {"reason", text.reason},     {"message", text.message},
                             {"lastHeartbeatTime", time}, {"lastTransitionTime", time}};
    for (const auto& old : before) {
      if (old.value("type", "") == text.type && old.value("status", "") == text.status) {
        condition["lastTransitionTime"] = old.value("lastTransitionTime", time);
      }
    }
    list.push_back(std::move(condition));
  }
  for (const auto& old : before) {  // conditions of others stay
    const auto type = old.value("type", "");
    if (std::ranges::none_of(kConditions, [&](const ConditionText& ours) { return ours.type == type; })) {
      list.push_back(old);
    }
  }
  return list;
}

nlohmann::json resources(const market::Offer& offer) {
  // Only GPUs are counted; the rest is the provider's business, and a pod must never fail to fit because of
  // it.
  return {{"cpu", "1000000"},
          {"memory", "1Pi"},
          {"ephemeral-storage", "1Pi"},
          {"pods", "10000"},
          {std::string(burst::kGpuResource), std::to_string(offer.total_gpus)}};
}

/// The status is written by JSON merge patch: lists are replaced and null removes.
void set_endpoint(nlohmann::json& status, const std::optional<KubeletEndpoint>& kubelet) {
  status["addresses"] = nlohmann::json::array();
  status["daemonEndpoints"]["kubeletEndpoint"]["Port"] = kubelet ? kubelet->port : 0;
  if (kubelet) status["addresses"].push_back({{"type", "InternalIP"}, {"address", kubelet->address}});
}

nlohmann::json burst_taint() { return {{"key", burst::kBurstTaint}, {"effect", "NoSchedule"}}; }

}  // namespace

bool is_our_node(const kube::NodeRecord& node) {
  const std::string* type = kube::find_value(node.meta.labels, kTypeLabel);
  return market::is_burst_node(node.meta.name) && type && *type == kTypeValue &&
         kube::find_value(node.meta.labels, kProviderLabel) != nullptr;
}

nlohmann::json burst_node_labels(const market::Offer& offer) {
  nlohmann::json labels{{std::string(kTypeLabel), kTypeValue},
                        {std::string(kProviderLabel), label_value(offer.provider)},
                        {"node.kubernetes.io/exclude-from-external-load-balancers", "true"},
                        {"node.kubernetes.io/exclude-disruption", "true"}};
  if (!offer.region.empty()) labels["neoburst.io/region"] = label_value(offer.region);
  if (!offer.country.empty()) labels["neoburst.io/country"] = offer.country;
  if (!offer.gpu.product.empty()) labels["nvidia.com/gpu.product"] = label_value(offer.gpu.product);
  if (offer.gpu.memory_gib > 0) labels["nvidia.com/gpu.memory"] = std::to_string(offer.gpu.memory_gib * 1024);
  return labels;
}

nlohmann::json burst_node_object(const market::Offer& offer, base::Time now,
                                 const std::optional<KubeletEndpoint>& kubelet) {
  const auto room = resources(offer);
  nlohmann::json info = nlohmann::json::object();
  for (const char* field :
       {"machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion",
        "kubeProxyVersion", "operatingSystem", "architecture"}) {
    info[field] = "";
  }
  info["kubeletVersion"] = std::string("neoburst-").append(program::version());
  info["operatingSystem"] = "linux";
  nlohmann::json status{{"capacity", room},
                        {"allocatable", room},
                        {"conditions", conditions(nlohmann::json::array(), now)},
                        {"nodeInfo", info}};
  set_endpoint(status, kubelet);
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", market::burst_node_name(offer.name)}, {"labels", burst_node_labels(offer)}}},
          {"spec", {{"taints", nlohmann::json::array({burst_taint()})}}},
          {"status", std::move(status)}};
}

nlohmann::json burst_node_status(const nlohmann::json& live, const market::Offer* offer, base::Time now,
                                 const std::optional<KubeletEndpoint>& kubelet) {
  const auto status = live.value("status", nlohmann::json::object());
  nlohmann::json patch{{"conditions", conditions(status.value("conditions", nlohmann::json::array()), now)}};
  set_endpoint(patch, kubelet);
  if (offer) {
    patch["capacity"] = resources(*offer);
    patch["allocatable"] = resources(*offer);
  }
  return patch;
}

bool node_differs(const kube::NodeRecord& node, const market::Offer* offer,
                  const std::optional<KubeletEndpoint>& kubelet) {
  const bool tainted = std::ranges::any_of(node.taints, [](const kube::NodeRecord::Taint& taint) {
    return taint.key == burst::kBurstTaint && taint.effect == "NoSchedule";
  });
  if (!node.ready || !tainted) return true;
  if (node.internal_ip != (kubelet ? kubelet->address : "")) return true;
  if (node.kubelet_port != (kubelet ? kubelet->port : 0)) return true;
  if (!offer) return false;
  if (node.allocatable_of(burst::kGpuResource) != offer->total_gpus) return true;
  const auto labels = burst_node_labels(*offer);
  for (const auto& [key, value] : labels.items()) {
    const std::string* there = kube::find_value(node.meta.labels, key);
    if (!there || *there != value.get<std::string>()) return true;
  }
  return false;
}

}  // namespace op
