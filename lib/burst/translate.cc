#include "burst/translate.h"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "burst/decide.h"
#include "burst/names.h"

namespace burst {
namespace {

using nlohmann::json;

constexpr const char* kGoVolume = kGoVolumeName;

/// Fields of PodSpec that mean the same at a provider.
constexpr std::array kCarriedSpec = {"restartPolicy",     "terminationGracePeriodSeconds",
                                     "securityContext",   "hostname",
                                     "dnsConfig",         "dnsPolicy",
                                     "hostAliases",       "os",
                                     "setHostnameAsFQDN", "overhead"};
constexpr std::array kRefusedFlags = {"hostNetwork", "hostPID", "hostIPC"};
constexpr std::array kCarriedVolumes = {"emptyDir", "downwardAPI"};

base::Status refused(const std::string& what) {
  return {base::Code::kInvalid, "the pod cannot burst yet: " + what, std::nullopt};
}

/// The volume that the ServiceAccount admission plugin adds: its token must never leave home.
bool is_token_volume(const json& volume) {
  return volume.contains("projected") && volume.value("name", "").starts_with("kube-api-access-");
}

bool is_foreign_system_key(std::string_view key) {
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return false;
  const std::string_view domain = key.substr(0, slash);
  const auto within = [&](std::string_view parent) {
    return domain == parent || (domain.ends_with(parent) && domain[domain.size() - parent.size() - 1] == '.');
  };
  return within("kubernetes.io") || within("k8s.io") || domain == "neoburst.io";
}

json carried_map(const json& metadata, const char* field) {
  json out = json::object();
  if (auto it = metadata.find(field); it != metadata.end() && it->is_object()) {
    for (const auto& [key, value] : it->items()) {
      if (!is_foreign_system_key(key)) out[key] = value;
    }
  }
  return out;
}

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

/// No blockOwnerDeletion: that would need rights on the owner's finalizers.
json owned_by_anchor(const TwinContext& c) {
  return json::array({{{"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"name", anchor_name(c.burst.attempt.name)},
                       {"uid", c.burst.attempt.anchor_uid},
                       {"controller", true}}});
}

/// The pod's own name, namespace and UID are what users mean by these fields; at the provider they would be
/// the twin's.
void fix_field_refs(json& env, const json& metadata) {
  for (json& variable : env) {
    auto from = variable.find("valueFrom");
    if (from == variable.end() || !from->contains("fieldRef")) continue;
    const std::string path = (*from)["fieldRef"].value("fieldPath", "");
    for (const char* field : {"name", "namespace", "uid"}) {
      if (path != std::string("metadata.") + field) continue;
      variable["value"] = metadata.value(field, "");
      variable.erase("valueFrom");
      break;
    }
  }
}

base::Outcome check_env(const json& container) {
  const std::string name = container.value("name", "");
  if (container.contains("envFrom") && !container["envFrom"].empty()) {
    return base::fail(
        refused("container " + name + " takes its environment from a ConfigMap or Secret (envFrom)"));
  }
  for (const json& variable : container.value("env", json::array())) {
    const json from = variable.value("valueFrom", json::object());
    if (from.contains("configMapKeyRef") || from.contains("secretKeyRef")) {
      return base::fail(refused("container " + name + " reads " + variable.value("name", "a variable") +
                                " from a ConfigMap or Secret"));
    }
  }
  return {};
}

base::Result<json> carry_container(json container, const std::vector<std::string>& token_volumes,
                                   const json& metadata) {
  if (auto ok = check_env(container); !ok) return base::fail(std::move(ok.error()));
  if (container.value("securityContext", json::object()).value("privileged", false)) {
    return base::fail(refused("container " + container.value("name", "") + " is privileged"));
  }
  json mounts = json::array();
  for (json& mount : container["volumeMounts"]) {
    if (std::ranges::find(token_volumes, mount.value("name", "")) == token_volumes.end())
      mounts.push_back(mount);
  }
  mounts.push_back({{"name", kGoVolume}, {"mountPath", kGoMountPath}, {"readOnly", true}});
  container["volumeMounts"] = std::move(mounts);
  if (container.contains("env")) fix_field_refs(container["env"], metadata);
  return container;
}

base::Result<json> carry_volumes(const json& spec, const TwinContext& c,
                                 std::vector<std::string>& token_volumes) {
  json volumes = json::array();
  for (const json& volume : spec.value("volumes", json::array())) {
    if (is_token_volume(volume)) {
      token_volumes.push_back(volume.value("name", ""));
      continue;
    }
    const bool carried =
        std::ranges::any_of(kCarriedVolumes, [&](const char* kind) { return volume.contains(kind); });
    if (!carried)
      return base::fail(refused("volume " + volume.value("name", "") + " is of a kind that is not carried"));
    volumes.push_back(volume);
  }
  volumes.push_back(
      {{"name", kGoVolume}, {"configMap", {{"name", go_name(c.burst.attempt.name)}, {"optional", false}}}});
  return volumes;
}

json tolerations_json(const std::vector<market::Toleration>& tolerations) {
  json out = json::array();
  for (const auto& toleration : tolerations) {
    json one = {{"operator", toleration.any_value ? "Exists" : "Equal"}};
    if (!toleration.key.empty()) one["key"] = toleration.key;
    if (!toleration.any_value) one["value"] = toleration.value;
    if (!toleration.effect.empty()) one["effect"] = toleration.effect;
    out.push_back(std::move(one));
  }
  return out;
}

constexpr std::int64_t kDefaultGrace = 30;  // what Kubernetes gives a pod that does not say
/// From placed to when the provider's kubelet has seen the pod.
constexpr std::int64_t kSeenWithin = 5;

std::int64_t ours_deadline(const json& spec, const TwinContext& c) {
  const std::int64_t grace = spec.value("terminationGracePeriodSeconds", kDefaultGrace);
  return twin_deadline(c.burst.attempt.limit_seconds, grace);
}

std::int64_t own_deadline(const json& spec) {
  return spec.value("activeDeadlineSeconds", std::numeric_limits<std::int64_t>::max());
}

/// Holds the twin to the nodes of its offer, whatever else the provider has.
void pin(json& spec, const std::vector<market::NodeRequirement>& nodes) {
  json selector = json::object();
  json expressions = json::array();
  for (const auto& need : nodes) {
    if (need.in && need.values.size() == 1) {
      selector[need.key] = need.values.front();
    } else {
      expressions.push_back(
          {{"key", need.key}, {"operator", need.in ? "In" : "NotIn"}, {"values", need.values}});
    }
  }
  if (!selector.empty()) spec["nodeSelector"] = std::move(selector);
  if (expressions.empty()) return;
  const json term = {{"matchExpressions", std::move(expressions)}};
  spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"] =
      json::array({term});
}

base::Result<json> make_spec(const json& pod, const TwinContext& c) {
  const json& spec = pod.at("spec");
  for (const char* flag : kRefusedFlags) {
    if (spec.value(flag, false)) return base::fail(refused(std::string("it asks for ") + flag));
  }
  if (!spec.value("resourceClaims", json::array()).empty())
    return base::fail(refused("it has resourceClaims"));
  if (!spec.value("imagePullSecrets", json::array()).empty())
    return base::fail(refused("it has imagePullSecrets"));

  json out = json::object();
  for (const char* field : kCarriedSpec) {
    if (spec.contains(field)) out[field] = spec[field];
  }
  std::vector<std::string> token_volumes;
  auto volumes = carry_volumes(spec, c, token_volumes);
  if (!volumes) return base::fail(std::move(volumes.error()));
  out["volumes"] = std::move(*volumes);
  for (const char* list : {"initContainers", "containers"}) {
    if (!spec.contains(list)) continue;
    json carried = json::array();
    for (const json& container : spec[list]) {
      auto one = carry_container(container, token_volumes, pod.at("metadata"));
      if (!one) return base::fail(std::move(one.error()));
      carried.push_back(std::move(*one));
    }
    out[list] = std::move(carried);
  }
  out["automountServiceAccountToken"] = false;
  out["enableServiceLinks"] = false;
  out["tolerations"] = tolerations_json(c.tolerations);
  out["activeDeadlineSeconds"] = std::min(ours_deadline(spec, c), own_deadline(spec));
  pin(out, c.nodes);
  return out;
}

/// Which container statuses are the pod's own: a provider's webhook may add sidecars.
std::string container_names(const json& spec) {
  std::string names;
  for (const char* list : {"initContainers", "containers"}) {
    for (const json& container : spec.value(list, json::array())) names += container.value("name", "") + ",";
  }
  return names;
}

}  // namespace

std::int64_t twin_deadline(std::int64_t limit_seconds, std::int64_t grace_seconds) {
  // A short limit is not eaten up by the margin: such a twin may hold its GPUs a little longer than the
  // limit, until the operator, which watches the limit itself, has removed it.
  const std::int64_t margin =
      std::min(std::max<std::int64_t>(grace_seconds, 0) + kSeenWithin, limit_seconds / 4);
  return std::max<std::int64_t>(limit_seconds - margin, 1);
}

json make_anchor(const TwinContext& c) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", anchor_name(c.burst.attempt.name)},
            {"namespace", c.burst.attempt.remote_namespace},
            {"labels", common_labels(c, "anchor")},
            {"annotations", common_annotations(c)}}}};
}

json make_go(const TwinContext& c) {
  const Attempt& a = c.burst.attempt;
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", go_name(a.name)},
            {"namespace", a.remote_namespace},
            {"labels", common_labels(c, "go")},
            {"ownerReferences", owned_by_anchor(c)}}},
          {"data",
           {{"go", "yes"},
            {"provider", a.provider},
            {"region", a.region},
            {"country", a.country},
            {"pricePerGPUHour", market::format_money(a.price.per_gpu_hour)},
            {"currency", a.price.currency},
            {"attempt", std::to_string(a.number)}}}};
}

base::Result<json> make_twin(const json& pod, const TwinContext& c) {
  try {
    auto spec = make_spec(pod, c);
    if (!spec) return base::fail(std::move(spec.error()));
    const json& metadata = pod.at("metadata");
    json labels = carried_map(metadata, "labels");
    labels.update(common_labels(c, "twin"));
    json annotations = carried_map(metadata, "annotations");
    annotations.update(common_annotations(c));
    annotations[std::string(kContainersAnnotation)] = container_names(pod.at("spec"));
    if (ours_deadline(pod.at("spec"), c) <= own_deadline(pod.at("spec"))) {
      annotations[std::string(kLimitAnnotation)] = limit_reason(c.burst.attempt);
    }
    // Autoscalers must not move it: the home pod cannot follow.
    annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"] = "false";
    annotations["karpenter.sh/do-not-disrupt"] = "true";
    return json{{"apiVersion", "v1"},
                {"kind", "Pod"},
                {"metadata",
                 {{"name", c.burst.attempt.name},
                  {"namespace", c.burst.attempt.remote_namespace},
                  {"labels", std::move(labels)},
                  {"annotations", std::move(annotations)},
                  {"ownerReferences", owned_by_anchor(c)}}},
                {"spec", std::move(*spec)}};
  } catch (const json::exception& e) {
    return base::fail(base::Code::kInvalid,
                      std::string("the pod document has an unexpected shape: ") + e.what());
  }
}

}  // namespace burst
