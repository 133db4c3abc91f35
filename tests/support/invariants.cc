#include "support/invariants.h"

#include <algorithm>
#include <map>
#include <optional>

#include "burst/names.h"
#include "market/money.h"
#include "market/offer.h"
#include "support/objects.h"

namespace testing_support {
namespace {

using kube::PodPhase;

constexpr std::size_t kShown = 12;

std::string label(const kube::ObjectMeta& meta, std::string_view key) {
  const std::string* value = kube::find_value(meta.labels, key);
  return value ? *value : std::string();
}

bool has_role(const kube::ObjectMeta& meta, std::string_view role) {
  return label(meta, burst::kRoleLabel) == role;
}

bool ran(PodPhase phase) { return phase == PodPhase::kRunning || phase == PodPhase::kSucceeded; }

/// A twin that was seen running, and the version at which it first was.
struct Run {
  std::string cluster;
  std::string name;
  std::string uid;
  std::string pod_uid;
  std::int64_t version = 0;
  base::Time at;
};

std::vector<Run> runs_of(const History& history) {
  std::map<std::string, Run> by_uid;
  for (const SeenPod& seen : history.pods) {
    const auto& meta = seen.object->meta;
    if (seen.cluster == "home" || !has_role(meta, "twin") || !ran(seen.object->phase)) continue;
    by_uid.try_emplace(meta.uid, Run{seen.cluster, meta.name, meta.uid, label(meta, burst::kPodUidLabel),
                                     seen.version, seen.at});
  }
  std::vector<Run> runs;
  for (auto& [uid, run] : by_uid) runs.push_back(std::move(run));
  return runs;
}

/// A home pod's binding, as written once by the API server.
struct Binding {
  std::string node;
  std::string pod;
  std::optional<base::Time> at;  ///< of its condition PodScheduled; whole seconds
};

std::map<std::string, Binding> bindings_of(const History& history) {
  std::map<std::string, Binding> out;
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster != "home") continue;
    Binding& binding = out[seen.object->meta.uid];
    binding.pod = seen.object->meta.key().text();
    if (seen.object->node_name.empty() || !binding.node.empty()) continue;
    binding.node = seen.object->node_name;
    const auto* scheduled = seen.object->condition("PodScheduled");
    if (scheduled && scheduled->status == "True") binding.at = scheduled->changed;
  }
  return out;
}

/// Every attempt that a record ever named: attempt name -> burst node.
std::map<std::string, std::string> attempts_of(const History& history) {
  std::map<std::string, std::string> out;
  for (const SeenBurst& seen : history.bursts) {
    const auto& attempt = seen.object->burst.attempt;
    if (attempt.number > 0 && !attempt.node.empty()) out[attempt.name] = attempt.node;
  }
  return out;
}

struct Go {
  std::int64_t version = 0;
  std::optional<base::Time> created;
};

/// cluster/attempt -> its go object.
std::map<std::string, Go> gos_of(const History& history) {
  std::map<std::string, Go> out;
  for (const SeenConfigMap& seen : history.config_maps) {
    const auto& meta = seen.object->meta;
    if (!has_role(meta, "go") || seen.kind == EventKind::kDeleted) continue;
    out.try_emplace(seen.cluster + "/" + label(meta, burst::kAttemptLabel), Go{seen.version, meta.created});
  }
  return out;
}

}  // namespace

Breaches never_twice(const History& history) {
  Breaches breaches;
  const auto bindings = bindings_of(history);
  const auto attempts = attempts_of(history);
  const auto gos = gos_of(history);
  std::map<std::string, std::string> runner;  // pod uid -> twin
  for (const Run& run : runs_of(history)) {
    const std::string who = "twin " + run.name + " at " + run.cluster;
    if (const auto [other, fresh] = runner.try_emplace(run.pod_uid, who); !fresh) {
      breaches.push_back(who + " ran although " + other->second + " ran for the same pod");
    }
    const auto go = gos.find(run.cluster + "/" + run.name);
    if (go == gos.end()) {
      breaches.push_back(who + " ran without a go object");
    } else if (go->second.version >= run.version) {
      breaches.push_back(who + " ran before its go object was created");
    }
    const auto binding = bindings.find(run.pod_uid);
    if (binding == bindings.end() || binding->second.node.empty()) {
      breaches.push_back(who + " ran although its pod was never bound");
      continue;
    }
    const auto attempt = attempts.find(run.name);
    if (attempt == attempts.end() || attempt->second != binding->second.node) {
      breaches.push_back(who + " ran although its pod " + binding->second.pod + " is bound to " +
                         binding->second.node);
    }
    const bool timed = go != gos.end() && go->second.created && binding->second.at;
    if (timed && *go->second.created < *binding->second.at) {
      breaches.push_back(who + " got its go object before its pod was bound");
    }
  }
  return breaches;
}

std::size_t twins_that_ran(const History& history) { return runs_of(history).size(); }

Breaches home_never_overcommitted(const History& history, std::int64_t gpus) {
  Breaches breaches;
  struct Held {
    std::string node;
    std::int64_t gpus = 0;
  };
  std::map<std::string, Held> held;          // by pod UID
  std::map<std::string, std::int64_t> used;  // by node
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster != "home") continue;
    const auto& pod = *seen.object;
    if (auto old = held.find(pod.meta.uid); old != held.end()) {
      used[old->second.node] -= old->second.gpus;
      held.erase(old);
    }
    const bool holds = seen.kind != EventKind::kDeleted && !kube::is_terminal(pod.phase) &&
                       !pod.node_name.empty() && !market::is_burst_node(pod.node_name);
    if (!holds) continue;
    held[pod.meta.uid] = {pod.node_name, pod.requested(burst::kGpuResource)};
    used[pod.node_name] += pod.requested(burst::kGpuResource);
    if (used[pod.node_name] > gpus) {
      breaches.push_back("node " + pod.node_name + " had " + std::to_string(used[pod.node_name]) +
                         " GPUs in use when " + pod.meta.key().text() + " was bound");
    }
  }
  return breaches;
}

Breaches phases_only_advance(const History& history) {
  Breaches breaches;
  const auto rank = [](PodPhase phase) {
    return kube::is_terminal(phase) ? 2 : phase == PodPhase::kRunning ? 1 : 0;
  };
  std::map<std::string, PodPhase> last;
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster != "home") continue;
    const auto& pod = *seen.object;
    const auto [before, fresh] = last.try_emplace(pod.meta.uid, pod.phase);
    if (fresh) continue;
    const bool changed_end = kube::is_terminal(before->second) && before->second != pod.phase;
    if (changed_end || rank(pod.phase) < rank(before->second)) {
      breaches.push_back("pod " + pod.meta.key().text() + " went from " +
                         std::string(kube::to_string(before->second)) + " to " +
                         std::string(kube::to_string(pod.phase)));
    }
    before->second = pod.phase;
  }
  return breaches;
}

Breaches all_succeeded(const History& history, const std::string& ns, std::size_t expected) {
  std::map<std::string, std::shared_ptr<const kube::PodRecord>> last;
  for (const SeenPod& seen : history.pods) {
    if (seen.cluster == "home" && seen.object->meta.ns == ns) last[seen.object->meta.uid] = seen.object;
  }
  Breaches breaches;
  for (const auto& [uid, pod] : last) {
    if (pod->phase == PodPhase::kSucceeded) continue;
    breaches.push_back("pod " + pod->meta.key().text() + " is " + std::string(kube::to_string(pod->phase)) +
                       " on " + pod->node_name + " " + pod->reason + " " + pod->message);
  }
  if (last.size() != expected) {
    breaches.push_back(std::to_string(last.size()) + " pods were made, " + std::to_string(expected) +
                       " expected");
  }
  return breaches;
}

Breaches leftovers(Sandbox& sandbox) {
  Breaches breaches;
  const std::string any_role = std::string(burst::kRoleLabel) + " in (twin,anchor,go)";
  for (const auto& provider : Sandbox::provider_clusters()) {
    for (const auto& kind : {kube::kPods, kube::kConfigMaps}) {
      for (const auto& object : list_all(sandbox.admin(provider), kind, {}, any_role)) {
        breaches.push_back(std::string(kind.kind) + " " + name_of(object) + " at " + provider);
      }
    }
  }
  return breaches;
}

Breaches terminating_pods(Sandbox& sandbox, const std::string& ns) {
  Breaches breaches;
  for (const auto& pod : list_all(sandbox.home(), kube::kPods, ns)) {
    if (pod["metadata"].contains("deletionTimestamp")) {
      breaches.push_back("pod " + name_of(pod) + " on " + node_of(pod) + " is still there");
    }
  }
  return breaches;
}

Breaches spend_differs(Sandbox& sandbox, const std::string& ns, const std::string& claim) {
  market::Money sum;
  Breaches breaches;
  for (const auto& record : list_all(sandbox.home(), api::kBursts, ns)) {
    const auto status = record.value("status", nlohmann::json::object());
    if (record["spec"].value("claimName", "") != claim) continue;
    if (!status.contains("endedTime")) breaches.push_back("PodBurst " + name_of(record) + " has not ended");
    if (const auto cost = market::parse_money(status.value("cost", "0"))) sum = sum + *cost;
  }
  const auto object = find_object(sandbox.home(), api::kClaims, ns, claim);
  const auto spend = object.is_object() ? object.value("/status/spend"_json_pointer, nlohmann::json::object())
                                        : nlohmann::json();
  // Tests keep every record: what the ledger has is in the records, too.
  const std::string told = spend.is_object() ? spend.value("total", "nothing") : "nothing";
  if (const auto money = market::parse_money(told); !money || *money != sum) {
    breaches.push_back("claim " + claim + " says total " + told + ", its bursts sum up to " +
                       market::format_money(sum));
  }
  return breaches;
}

std::string joined(const Breaches& breaches) {
  std::string text;
  for (std::size_t i = 0; i < std::min(breaches.size(), kShown); ++i) text += (i ? "\n  " : "") + breaches[i];
  if (breaches.size() > kShown) text += "\n  and " + std::to_string(breaches.size() - kShown) + " more";
  return text;
}

}  // namespace testing_support
