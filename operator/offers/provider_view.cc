#include "operator/offers/provider_view.h"

#include <algorithm>
#include <utility>

#include "burst/holding.h"
#include "burst/names.h"

namespace op {
namespace {

/// The limit of a GPUOffer's reason.
constexpr std::size_t kReasonLength = 1000;

void add_pod(std::vector<PodUse>& pods, const kube::PodRecord& pod, const std::string& installation) {
  const std::int64_t gpus = pod.requested(burst::kGpuResource);
  if (gpus == 0 || kube::is_terminal(pod.phase)) return;
  const std::string* owner = kube::find_value(pod.meta.labels, burst::kInstallationLabel);
  pods.push_back({pod.node_name, gpus, owner && *owner == installation});
}

}  // namespace

std::string unavailable_reason(const api::ProviderRecord& provider, const RemoteCluster* remote) {
  if (!provider.problem.empty())
    return ("the provider's spec is invalid: " + provider.problem).substr(0, kReasonLength);
  if (provider.paused) return "the provider is paused";
  const auto ready = std::ranges::find(provider.conditions, "Ready", &api::Condition::type);
  if (ready != provider.conditions.end() && ready->status != "True" && ready->reason != "Paused") {
    return ready->message.empty() ? "the provider is not ready" : ready->message.substr(0, kReasonLength);
  }
  if (!remote || ready == provider.conditions.end()) return "the provider is not connected yet";
  return {};
}

ProviderView gather_view(const Home& home, std::shared_ptr<const api::ProviderRecord> provider,
                         const RemoteCluster& remote) {
  ProviderView view;
  view.now = home.clock.now();
  view.unavailable = unavailable_reason(*provider, &remote);
  const std::string name = provider->meta.name;
  view.provider = std::move(provider);
  if (const auto* nodes = remote.nodes()) {
    view.nodes_known = true;
    view.nodes = nodes->all();
  }
  if (const auto* published = remote.published()) view.published = published->all();
  for (const auto& pod : remote.pods()) add_pod(view.pods, *pod, home.installation);
  for (const auto& record : home.bursts.store().all()) {
    const burst::Burst& b = record->burst;
    if (b.attempt.provider == name && burst::may_hold_gpus(b)) view.held[b.attempt.offer] += b.gpus;
  }
  return view;
}

}  // namespace op
