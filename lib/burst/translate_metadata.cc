#include <algorithm>
#include <array>
#include <string_view>

#include "burst/decide.h"
#include "burst/names.h"
#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;

/// Kubernetes' limit for all annotations of an object together.
constexpr std::size_t kMostAnnotations = 256 * 1024;

/// Kubernetes' own annotations that a kubelet or a network plugin acts on.
constexpr std::array<std::string_view, 3> kForTheNode = {
    "kubernetes.io/ingress-bandwidth",
    "kubernetes.io/egress-bandwidth",
    "container.apparmor.security.beta.kubernetes.io/",
};

/// Labels and annotations by which controllers of Kubernetes and of its projects (Kueue, JobSet,
/// LeaderWorkerSet) know their pods: a provider that runs the same controllers must not take a twin for one
/// of its own.
bool is_of_a_controller(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view domain = key.substr(0, slash);
  const auto within = [&](std::string_view parent) {
    return domain == parent || (domain.ends_with(parent) && domain[domain.size() - parent.size() - 1] == '.');
  };
  return within("kubernetes.io") || within("k8s.io") || within("x-k8s.io") || domain.ends_with(".x-k8s.io") ||
         domain == "neoburst.io";
}

bool is_for_the_node(std::string_view key) {
  return std::ranges::any_of(kForTheNode, [&](std::string_view known) { return key.starts_with(known); });
}

json carried_map(const json& metadata, const char* field) {
  json out = json::object();
  const json* map = sites::child(metadata, field);
  if (map == nullptr) return out;
  for (const auto& [key, value] : map->get_ref<const json::object_t&>()) {
    if (!is_of_a_controller(key) || is_for_the_node(key)) out[key] = value;
  }
  return out;
}

/// Which container statuses are the pod's own: a provider's webhook may add sidecars.
std::string container_names(const json& spec) {
  std::string names;
  for (const char* list : {"initContainers", "containers"}) {
    sites::each(spec, list, [&](const json& container) { names += container.value("name", "") + ","; });
  }
  return names;
}

std::string comma_separated(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ",") + name;
  return out;
}

json twin_labels(const Translation& t) {
  json labels = carried_map(t.metadata, "labels");
  labels.update(common_labels(t.context, "twin"));
  if (const std::string subdomain = t.home.value("subdomain", ""); !subdomain.empty()) {
    labels[std::string(kSubdomainLabel)] =
        subdomain_value(t.context.installation, t.context.burst.ns, subdomain);
  }
  return labels;
}

json twin_annotations(const Translation& t) {
  json annotations = carried_map(t.metadata, "annotations");
  annotations.update(common_annotations(t.context));
  annotations.update(t.fields.annotations());
  annotations[std::string(kContainersAnnotation)] = container_names(t.home);
  if (!t.copies.empty()) annotations[std::string(kCopiesAnnotation)] = comma_separated(t.copies);
  if (ends_by_our_limit(t))
    annotations[std::string(kLimitAnnotation)] = limit_reason(t.context.burst.attempt);
  // Autoscalers must not move it, because the home pod cannot follow.
  annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false";
  annotations["karpenter.sh/do-not-disrupt"] = "true";
  return annotations;
}

std::size_t size_of(const json& annotations) {
  std::size_t size = 0;
  for (const auto& [key, value] : annotations.items())
    size += key.size() + value.get_ref<const std::string&>().size();
  return size;
}

}  // namespace

json common_labels(const TwinContext& c, const char* role) {
  return {{std::string(kInstallationLabel), c.installation},
          {std::string(kRoleLabel), role},
          {std::string(kPodUidLabel), c.burst.pod_uid},
          {std::string(kAttemptLabel), c.burst.attempt.name}};
}

json common_annotations(const TwinContext& c) {
  return {{std::string(kHomePodAnnotation), c.burst.ns + "/" + c.burst.pod_name},
          {std::string(kBurstAnnotation), c.burst.ns + "/" + c.burst.name}};
}

// No blockOwnerDeletion: that would need rights on the owner's finalizers.
json owned_by_anchor(const TwinContext& c) {
  return json::array({{{"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"name", anchor_name(c.burst.attempt.name)},
                       {"uid", c.burst.attempt.anchor_uid},
                       {"controller", true}}});
}

json twin_metadata(Translation& t) {
  json annotations = twin_annotations(t);
  if (size_of(annotations) > kMostAnnotations) {
    t.problems.never("its annotations and those that its downwardAPI volumes need exceed 256 KiB");
  }
  return {{"name", t.context.burst.attempt.name},
          {"namespace", t.context.burst.attempt.remote_namespace},
          {"labels", twin_labels(t)},
          {"annotations", std::move(annotations)},
          {"ownerReferences", owned_by_anchor(t.context)}};
}

}  // namespace burst
