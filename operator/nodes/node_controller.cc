#include "operator/nodes/node_controller.h"

#include <algorithm>
#include <utility>

#include "api/may_burst.h"
#include "base/log.h"
#include "burst/holding.h"
#include "burst/names.h"
#include "kube/core/patch.h"
#include "market/match.h"
#include "operator/nodes/burst_node.h"

namespace op {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kHeartbeat{60'000};
/// Offers and claims come and go for a moment (a claim is edited by deleting and creating it); nodes should
/// not.
constexpr milliseconds kLetGoAfter{30'000};
constexpr milliseconds kLookAtPodsAgain{10'000};
/// Marks a node to which no pod may be bound any more: without the extender the scheduler would bind pods by
/// itself.
constexpr const char* kCordonLabel = "neoburst.io/cordoned";

}  // namespace

NodeController::NodeController(Home& home, OfferTable& offers, KubeletEndpoints kubelets)
    : home_(home),
      offers_(offers),
      kubelets_(std::move(kubelets)),
      controller_({.name = "nodes", .workers = 2},
                  [this](const std::string& key) { return reconcile(key); }) {
  offers_.on_change(
      [this](const std::string& offer) { controller_.queue().add(market::burst_node_name(offer)); });
  home_.nodes.on_change([this](const kube::Change<kube::NodeRecord>& change) {
    if (market::is_burst_node(change.any().meta.name)) controller_.queue().add(change.any().meta.name);
  });
  home_.claims.on_change([this](const kube::Change<api::ClaimRecord>& change) {
    const bool same = change.before && change.after &&
                      change.before->meta.generation == change.after->meta.generation &&
                      change.before->meta.deleting_since == change.after->meta.deleting_since;
    if (!same) enqueue_all();
  });
  home_.configs.on_change([this](const kube::Change<api::ConfigRecord>&) { enqueue_all(); });
}

NodeController::~NodeController() { stop(); }

void NodeController::start() {
  enqueue_all();
  controller_.start();
}

void NodeController::stop() { controller_.stop(); }

void NodeController::enqueue_all() {
  for (const auto& offer : offers_.current()) controller_.queue().add(market::burst_node_name(offer.name));
  for (const auto& node : home_.nodes.store().all()) {
    if (is_our_node(*node)) controller_.queue().add(node->meta.name);
  }
}

std::optional<market::Offer> NodeController::offer_of(const std::string& node_name, bool& current) const {
  for (auto& offer : offers_.current()) {
    if (market::burst_node_name(offer.name) != node_name) continue;
    current = true;
    return std::move(offer);
  }
  current = false;
  std::lock_guard lock(mutex_);
  const auto known = memory_.find(node_name);
  return known == memory_.end() ? std::nullopt : known->second.offer;
}

bool NodeController::is_wanted(const market::Offer& offer) const {
  return std::ranges::any_of(home_.all_claims(), [&](const auto& claim) {
    return api::is_usable(*claim) && market::fits(claim->rules, offer);
  });
}

bool NodeController::is_needed(const std::string& node_name) const {
  for (const auto& record : home_.bursts.store().all()) {
    const auto& b = record->burst;
    if (b.attempt.node == node_name && burst::may_hold_gpus(b)) return true;
  }
  return std::ranges::any_of(home_.pods.store().all(),
                             [&](const auto& pod) { return pod->node_name == node_name; });
}

base::Result<bool> NodeController::has_pods_live(const std::string& node_name) {
  kube::ListOptions options;
  options.field_selector = "spec.nodeName=" + node_name;
  bool found = false;
  const auto listed = home_.client.list(
      kube::kPods, {}, options,
      [&](kube::JsonObject&) -> base::Outcome {
        found = true;
        return {};
      },
      [&] { found = false; });
  if (!listed) return base::fail(listed.error());
  return found;
}

base::Result<kube::Next> NodeController::reconcile(const std::string& name) {
  bool current = false;
  const auto offer = offer_of(name, current);
  const bool wanted = current && is_wanted(*offer);
  const auto node = home_.nodes.store().get({{}, name});
  {
    std::lock_guard lock(mutex_);
    if (wanted) {
      auto& memory = memory_[name];
      memory.offer = offer;
      memory.unwanted_since.reset();
    } else if (!node && !current && !memory_.contains(name)) {
      return kube::Next{};
    }
  }
  if (node && !is_our_node(*node)) {
    if (wanted) base::log_warning("a Node that is not ours has the name of a burst node", {{"node", name}});
    return kube::Next{};
  }
  if (node && node->meta.deleting_since) return kube::Next{};  // the watch reports its end
  if (node) {
    if (auto set = set_cordon(*node, !wanted); !set) return base::fail(std::move(set.error()));
  }
  if (wanted) return node ? keep(*node, &*offer) : create(*offer);
  const bool needed = is_needed(name);
  if (!node) {
    if (needed && offer) return create(*offer);
    std::lock_guard lock(mutex_);
    memory_.erase(name);
    return kube::Next{};
  }
  if (needed) {
    {
      std::lock_guard lock(mutex_);
      memory_[name].unwanted_since.reset();
    }
    auto next = keep(*node, current ? &*offer : nullptr);
    if (next) next->again_after = kLookAtPodsAgain;
    return next;
  }
  return let_go(*node);
}

base::Result<kube::Next> NodeController::create(const market::Offer& offer) {
  const auto kubelet = kubelets_(market::burst_node_name(offer.name), 0);
  const auto created =
      home_.client.create(kube::kNodes, {}, burst_node_object(offer, home_.clock.now(), kubelet));
  if (!created) {
    // The watch has not brought it yet; its owner shows when it has.
    if (created.error().is(base::Code::kAlreadyExists)) return kube::Next{.again_after = kube::kUntilSeen};
    return base::fail(created.error());
  }
  std::lock_guard lock(mutex_);
  memory_[market::burst_node_name(offer.name)].status_written = home_.clock.steady_now();
  base::log_info("burst node created", {{"node", market::burst_node_name(offer.name)}});
  return kube::Next{.again_after = kHeartbeat};
}

base::Result<kube::Next> NodeController::keep(const kube::NodeRecord& node, const market::Offer* offer) {
  const auto now = home_.clock.steady_now();
  const auto kubelet = kubelets_(node.meta.name, static_cast<std::uint16_t>(node.kubelet_port));
  if (!node_differs(node, offer, kubelet)) {
    std::lock_guard lock(mutex_);
    const auto written = memory_[node.meta.name].status_written;
    if (written && now - *written < kHeartbeat) {
      return kube::Next{.again_after = std::chrono::ceil<milliseconds>(kHeartbeat - (now - *written))};
    }
  }
  // Caches are slim: lists are fixed on the live object, by compare-and-set.
  const auto live = home_.client.get(kube::kNodes, {}, node.meta.name);
  if (!live) return base::fail(live.error());
  if (live->at("metadata").value("uid", "") != node.meta.uid)
    return kube::Next{.again_after = milliseconds(100)};
  if (auto mended = mend(*live, offer, kubelet); !mended) return base::fail(std::move(mended.error()));
  std::lock_guard lock(mutex_);
  memory_[node.meta.name].status_written = now;
  return kube::Next{.again_after = kHeartbeat};
}

base::Outcome NodeController::mend(const nlohmann::json& live, const market::Offer* offer,
                                   const std::optional<KubeletEndpoint>& kubelet) {
  const auto& meta = live.at("metadata");
  const auto name = meta.at("name").get<std::string>();
  nlohmann::json patch = nlohmann::json::object();
  if (offer) {
    const auto labels = burst_node_labels(*offer);
    const auto there = meta.value("labels", nlohmann::json::object());
    for (const auto& [key, value] : labels.items()) {
      if (!there.contains(key) || there.at(key) != value) patch["metadata"]["labels"][key] = value;
    }
  }
  auto taints = live.value("spec", nlohmann::json::object()).value("taints", nlohmann::json::array());
  const bool tainted = std::ranges::any_of(taints, [](const nlohmann::json& taint) {
    return taint.value("key", "") == burst::kBurstTaint && taint.value("effect", "") == "NoSchedule";
  });
  if (!tainted) {
    taints.push_back({{"key", burst::kBurstTaint}, {"effect", "NoSchedule"}});
    patch["spec"]["taints"] = taints;
  }
  const nlohmann::json precondition{{"uid", meta.at("uid")}, {"resourceVersion", meta.at("resourceVersion")}};
  std::string version = meta.at("resourceVersion").get<std::string>();
  if (!patch.empty()) {
    patch["metadata"].update(precondition);
    const auto reply = home_.client.patch(kube::kNodes, {}, name, kube::PatchType::kMerge, patch.dump());
    if (!reply) return base::fail(reply.error());
    version = reply->at("metadata").value("resourceVersion", "");
  }
  const nlohmann::json status{{"metadata", {{"uid", meta.at("uid")}, {"resourceVersion", version}}},
                              {"status", burst_node_status(live, offer, home_.clock.now(), kubelet)}};
  const auto reply =
      home_.client.patch(kube::kNodes, {}, name, kube::PatchType::kMerge, status.dump(), "status");
  if (!reply) return base::fail(reply.error());
  return {};
}

base::Outcome NodeController::set_cordon(const kube::NodeRecord& node, bool cordoned) {
  const bool by_us = kube::find_value(node.meta.labels, kCordonLabel) != nullptr;
  // What a person cordoned stays cordoned.
  if (cordoned ? node.unschedulable : !by_us) return {};
  nlohmann::json body{{"metadata", {{"uid", node.meta.uid}, {"labels", {{kCordonLabel, nullptr}}}}},
                      {"spec", {{"unschedulable", nullptr}}}};
  if (cordoned) {
    body["metadata"]["labels"][kCordonLabel] = "true";
    body["spec"]["unschedulable"] = true;
  }
  const auto reply =
      home_.client.patch(kube::kNodes, {}, node.meta.name, kube::PatchType::kMerge, body.dump());
  if (!reply) return base::fail(reply.error());
  return {};
}

base::Result<kube::Next> NodeController::let_go(const kube::NodeRecord& node) {
  const auto now = home_.clock.steady_now();
  {
    std::lock_guard lock(mutex_);
    auto& since = memory_[node.meta.name].unwanted_since;
    if (!since) since = now;
    if (now - *since < kLetGoAfter) {
      return kube::Next{.again_after = std::chrono::ceil<milliseconds>(kLetGoAfter - (now - *since))};
    }
  }
  const auto pods = has_pods_live(node.meta.name);
  if (!pods) return base::fail(pods.error());
  if (*pods) return kube::Next{.again_after = kLookAtPodsAgain};
  kube::DeleteOptions options;
  options.uid = node.meta.uid;
  if (auto removed = home_.client.remove(kube::kNodes, {}, node.meta.name, options); !removed) {
    return base::fail(std::move(removed.error()));
  }
  base::log_info("burst node removed: no claim matches its offer and nothing runs there",
                 {{"node", node.meta.name}});
  std::lock_guard lock(mutex_);
  memory_.erase(node.meta.name);
  return kube::Next{};
}

}  // namespace op
