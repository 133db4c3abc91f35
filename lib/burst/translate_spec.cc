#include <algorithm>
#include <limits>

#include "burst/field_table.h"
#include "burst/names.h"
#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;
using sites::child;
using sites::each;

constexpr std::int64_t kDefaultGrace = 30;  // Kubernetes' default

std::int64_t ours_deadline(const Translation& t) {
  return twin_deadline(t.context.burst.attempt.limit_seconds,
                       t.home.value("terminationGracePeriodSeconds", kDefaultGrace));
}

std::int64_t own_deadline(const Translation& t) {
  const json* own = child(t.home, "activeDeadlineSeconds");
  return own == nullptr ? std::numeric_limits<std::int64_t>::max() : own->get<std::int64_t>();
}

/// How long a pod stays when its node is lost: this applies to any node. All other tolerations, and
/// whatever else one of these tolerates, are about home's nodes.
void add_for_lost_node(json& out, const json& toleration) {
  const std::string effect = toleration.value("effect", "");
  if (!effect.empty() && effect != "NoExecute") return;
  const std::string key = toleration.value("key", "");
  for (const char* lost : {"node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"}) {
    if (!key.empty() && key != lost) continue;
    json narrowed = toleration;
    narrowed["key"] = lost;
    narrowed["effect"] = "NoExecute";
    out.push_back(std::move(narrowed));
  }
}

json tolerations(const Translation& t) {
  json out = json::array();
  for (const auto& toleration : t.context.tolerations) {
    json one = {{"operator", toleration.any_value ? "Exists" : "Equal"}};
    if (!toleration.key.empty()) one["key"] = toleration.key;
    if (!toleration.any_value) one["value"] = toleration.value;
    if (!toleration.effect.empty()) one["effect"] = toleration.effect;
    out.push_back(std::move(one));
  }
  each(t.home, "tolerations", [&](const json& toleration) { add_for_lost_node(out, toleration); });
  return out;
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

/// The pod's own name for its processes and for DNS; the twin has another name. "" on the host's
/// network, where processes see the host's name: there only a name that the pod asks for counts, in DNS.
std::string hostname(const Translation& t) {
  if (const std::string own = t.home.value("hostname", ""); !own.empty()) return own;
  if (t.home.value("hostNetwork", false)) return {};
  std::string name = t.metadata.value("name", "").substr(0, 63);
  std::ranges::replace(name, '.', '-');  // a pod's name may have dots, the field must not
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name;
}

void carry_host_access(json& out, Translation& t) {
  for (const auto& [field, access] :
       {std::pair{"hostNetwork", HostAccess::kHostNetwork}, std::pair{"hostPID", HostAccess::kHostPid},
        std::pair{"hostIPC", HostAccess::kHostIpc}}) {
    if (!t.home.value(field, false)) continue;
    t.need(access, field);
    out[field] = true;
  }
}

void set_classes(json& out, Translation& t) {
  const PodPolicy& policy = t.context.policy;
  if (!policy.priority_class.empty()) out["priorityClassName"] = policy.priority_class;
  const std::string runtime = t.home.value("runtimeClassName", "");
  if (runtime.empty()) return;
  const auto there = policy.runtime_classes.find(runtime);
  if (there == policy.runtime_classes.end()) {
    t.problems.policy("runtimeClassName " + runtime + " has no counterpart there (runtimeClasses)");
  } else if (!there->second.empty()) {
    out["runtimeClassName"] = there->second;
  }
}

void add_containers(json& out, Translation& t) {
  for (const char* list : {"initContainers", "containers"}) {
    if (child(t.spec, list) == nullptr) continue;
    json carried = json::array();
    each(t.spec, list,
         [&](const json& container) { carried.push_back(twin_container(container, "Container", t)); });
    out[list] = std::move(carried);
  }
}

void add_pull_secrets(json& out, const Translation& t) {
  json secrets = json::array();
  each(t.spec, "imagePullSecrets", [&](const json& secret) {
    if (!secret.value("name", "").empty()) secrets.push_back(secret);
  });
  if (!secrets.empty()) out["imagePullSecrets"] = std::move(secrets);
}

}  // namespace

bool ends_by_our_limit(const Translation& t) { return ours_deadline(t) <= own_deadline(t); }

json twin_spec(Translation& t) {
  json out = carried_fields(t.home, rules_of("PodSpec"), "", t.problems);
  carry_host_access(out, t);
  if (const json* security = child(t.home, "securityContext")) {
    out["securityContext"] = twin_security_context(*security, "PodSecurityContext", "", t);
  }
  set_classes(out, t);
  add_containers(out, t);
  out["volumes"] = twin_volumes(t);
  add_pull_secrets(out, t);
  if (std::string name = hostname(t); !name.empty()) out["hostname"] = std::move(name);
  out["automountServiceAccountToken"] = false;
  out["enableServiceLinks"] = false;  // the Services there are not the pod's
  out["tolerations"] = tolerations(t);
  out["activeDeadlineSeconds"] = std::min(ours_deadline(t), own_deadline(t));
  pin(out, t.context.nodes);
  return out;
}

}  // namespace burst
