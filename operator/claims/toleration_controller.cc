#include "operator/claims/toleration_controller.h"

#include <algorithm>
#include <utility>

#include "api/may_burst.h"
#include "operator/claims/toleration.h"

namespace op {

TolerationController::TolerationController(Home& home, std::size_t workers)
    : home_(home), controller_({.name = "tolerations", .workers = workers}, [this](const std::string& key) {
        return reconcile(key);
      }) {
  home_.pods.on_change([this](const kube::Change<kube::PodRecord>& change) {
    if (change.after && lacks_burst_toleration(*change.after))
      controller_.queue().add(change.after->meta.key().text());
  });
  home_.claims.on_change([this](const kube::Change<api::ClaimRecord>& change) {
    const bool same =
        change.before && change.after && change.before->meta.generation == change.after->meta.generation;
    if (change.after && !same) enqueue_pending(change.after->meta.ns);
  });
}

TolerationController::~TolerationController() { stop(); }

void TolerationController::start() {
  enqueue_pending({});
  controller_.start();
}

void TolerationController::stop() { controller_.stop(); }

void TolerationController::enqueue_pending(const std::string& ns) {
  for (const auto& pod : home_.pods.store().all()) {
    if (!ns.empty() && pod->meta.ns != ns) continue;
    if (lacks_burst_toleration(*pod)) controller_.queue().add(pod->meta.key().text());
  }
}

bool TolerationController::is_selected(const kube::PodRecord& pod) const {
  return std::ranges::any_of(home_.all_claims(), [traits = api::traits_of(pod)](const auto& claim) {
    return api::is_usable(*claim) && api::selects(*claim, traits);
  });
}

base::Result<kube::Next> TolerationController::reconcile(const std::string& key) {
  const auto slash = key.find('/');
  const kube::ObjectKey pod_key{key.substr(0, slash), key.substr(slash + 1)};
  const auto pod = home_.pods.store().get(pod_key);
  if (!pod || !lacks_burst_toleration(*pod) || !is_selected(*pod)) return kube::Next{};
  const auto patched = home_.client.patch(kube::kPods, pod_key.ns, pod_key.name, kube::PatchType::kJson,
                                          toleration_patch(*pod));
  if (patched || patched.error().is(base::Code::kNotFound)) return kube::Next{};
  // Another pod of that name, or bound meanwhile: the watch brings the present state.
  const auto now = home_.pods.store().get(pod_key);
  if (!now || now->meta.uid != pod->meta.uid || now->meta.resource_version != pod->meta.resource_version) {
    return kube::Next{};
  }
  return base::fail(patched.error());
}

}  // namespace op
