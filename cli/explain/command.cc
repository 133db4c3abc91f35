#include <algorithm>

#include "cli/commands.h"
#include "cli/console.h"
#include "cli/explain/explain.h"
#include "cli/explain/print.h"
#include "cli/explain/read.h"
#include "cli/home_cluster.h"

namespace cli {
namespace {

int print(const Explanation& explanation, const ExplainFlags& flags) {
  return write_output(flags.json ? explanation_json(explanation) : explanation_text(explanation));
}

int explain_claim_named(HomeCluster& home, const ExplainFlags& flags, const std::string& name) {
  const auto facts = read_facts(home);
  if (!facts) return write_error(facts.error(), kExitError);
  const api::ClaimRecord* claim = facts->find_claim(name);
  if (claim != nullptr) return print(explain_claim(*facts, *claim), flags);
  std::string known;
  for (const api::ClaimRecord& each : facts->claims)
    known += (known.empty() ? "; there are: " : ", ") + each.meta.name;
  return write_error(
      {base::Code::kNotFound, "namespace " + home.ns() + " has no GPUCapacityClaim \"" + name + "\"" + known},
      kExitError);
}

int explain_pod_named(HomeCluster& home, const ExplainFlags& flags, const std::string& name) {
  const auto object = home.get(kube::kPods, home.ns(), name);
  if (!object && !object.error().is(base::Code::kNotFound)) return write_error(object.error(), kExitError);
  const auto facts = read_facts(home);
  if (!facts) return write_error(facts.error(), kExitError);
  if (object) {
    const auto pod = read_pod(*object);
    return pod ? print(explain_pod(*facts, *pod), flags) : write_error(pod.error(), kExitError);
  }
  const api::BurstRecord* record = find_record_of(*facts, name);
  return record == nullptr ? write_error(object.error(), kExitError)
                           : print(explain_record(*facts, *record), flags);
}

}  // namespace

int run_explain(const GlobalFlags& global, const ExplainFlags& flags) {
  const auto target = read_target(flags);
  if (!target) return write_error(target.error(), kExitUsage);
  auto home = HomeCluster::connect(global, write_note);
  if (!home) return write_error(home.error(), kExitError);
  return target->subject == Subject::kPod ? explain_pod_named(*home, flags, target->name)
                                          : explain_claim_named(*home, flags, target->name);
}

}  // namespace cli
