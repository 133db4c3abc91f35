#include <map>
#include <set>
#include <utility>

#include "burst/reference_sites.h"
#include "burst/translation.h"

namespace burst {
namespace {

using nlohmann::json;
using Names = std::map<std::pair<ReferenceKind, std::string>, std::string>;

Names names_of(const std::vector<Reference>& references, Translation& t) {
  Names names;
  for (const Reference& r : references) {
    if (r.kind == ReferenceKind::kSecret && !t.context.policy.allow_secrets) {
      t.problems.policy("it refers to Secret " + r.name + ", and Secrets are not to go there (allowSecrets)");
    }
    std::string copy = copy_name(t.context.installation, t.context.burst.ns, r);
    t.copies.push_back(copy);
    names[{r.kind, r.name}] = std::move(copy);
  }
  return names;
}

auto renamer(const Names& names) {
  return [&names](const sites::Site<json>& site) {
    json& name = (*site.holder)[site.name_field];
    if (!name.is_string()) return;
    const auto found = names.find({site.kind, name.get<std::string>()});
    if (found != names.end()) name = found->second;
  };
}

}  // namespace

void rename_references(Translation& t) {
  auto references = references_of(json{{"spec", t.home}});
  if (!references) {
    t.problems.never(references.error().message);
    return;
  }
  const Names names = names_of(*references, t);
  sites::in_spec(t.spec, renamer(names));
}

void rename_references_of_ephemeral(json& container, Translation& t) {
  auto references = references_of_ephemeral(container);
  if (!references) {
    t.problems.never(references.error().message);
    return;
  }
  const Names names = names_of(*references, t);
  sites::in_container(container, renamer(names));
}

}  // namespace burst
