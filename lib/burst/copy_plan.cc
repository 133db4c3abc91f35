#include "burst/copy_plan.h"

#include <algorithm>
#include <utility>

#include "burst/names.h"

namespace burst {
namespace {

using nlohmann::json;

void append(std::vector<Copy>& all, std::vector<Copy> more) {
  std::ranges::move(more, std::back_inserter(all));
}

bool is_used(const CopyPlace& place, const CopyUse& use, const Copy& copy) {
  // By name: an entry whose source or keys were changed may still be mounted by a twin.
  const bool needed = std::ranges::any_of(
      use.needed, [&](const Copy& each) { return each.kind == copy.kind && each.name == copy.name; });
  if (needed) return true;
  if (copy.kind != CopyKind::kService) return use.named.contains(copy.name);
  return use.subdomains.contains(subdomain_value(place.installation, place.home_namespace, copy.source));
}

}  // namespace

base::Result<std::vector<Copy>> needs_of(const CopyPlace& place, const json& pod,
                                         const std::set<std::string>& ephemeral) {
  const auto own = references_of(pod);
  if (!own) return base::fail(own.error());
  std::vector<Copy> needs = copies_of(place, *own);
  if (auto service = service_of(pod)) needs.push_back(std::move(*service));
  const json containers = pod.at("spec").value("ephemeralContainers", json::array());
  for (const json& container : containers) {
    if (!container.is_object() || !ephemeral.contains(container.value("name", ""))) continue;
    const auto theirs = references_of_ephemeral(container);
    if (!theirs) return base::fail(theirs.error());
    append(needs, copies_of(place, *theirs));
  }
  return needs;
}

CopyPlan plan_copies(const CopyPlace& place, const CopyUse& use, const std::vector<Copy>& listed) {
  CopyPlan plan;
  for (const Copy& copy : use.needed) {
    if (std::ranges::find(plan.write, copy) == plan.write.end()) plan.write.push_back(copy);
  }
  for (const Copy& copy : listed) (is_used(place, use, copy) ? plan.keep : plan.remove).push_back(copy);
  return plan;
}

}  // namespace burst
