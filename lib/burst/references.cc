#include "burst/references.h"

#include <map>
#include <utility>

#include "base/digest.h"
#include "burst/names.h"
#include "burst/pod_shape.h"
#include "burst/reference_sites.h"

namespace burst {
namespace {

using nlohmann::json;

/// Merges the places of a pod into one Reference per object.
class Collected {
 public:
  void add(const sites::Site<const json>& site) {
    const std::string name = site.holder->value(site.name_field, "");
    if (name.empty()) return;  // the API accepts it and no kubelet finds it: nothing to copy
    auto [it, fresh] = merged_.try_emplace({site.kind, name});
    Merged& m = it->second;
    if (fresh) m.reference = {.kind = site.kind, .name = name};
    Reference& r = m.reference;
    m.whole = m.whole || site.whole;
    r.keys.insert(site.keys.begin(), site.keys.end());
    if (!site.optional) {
      r.required_keys.insert(site.keys.begin(), site.keys.end());
      r.optional = false;
    }
    r.pull_secret = r.pull_secret || site.pull_secret;
    if (r.volume.empty()) r.volume = site.volume;
    if (r.container.empty()) r.container = site.container;
  }

  std::vector<Reference> references() && {
    std::vector<Reference> out;
    for (auto& [key, m] : merged_) {
      if (m.whole) m.reference.keys.clear();
      out.push_back(std::move(m.reference));
    }
    return out;
  }

 private:
  struct Merged {
    Reference reference;
    bool whole = false;
  };
  std::map<std::pair<ReferenceKind, std::string>, Merged> merged_;
};

base::Status unexpected(const json::exception& e) {
  return {base::Code::kInvalid, std::string("the pod document has an unexpected shape: ") + e.what(),
          std::nullopt};
}

}  // namespace

std::string_view to_string(ReferenceKind kind) {
  return kind == ReferenceKind::kConfigMap ? "ConfigMap" : "Secret";
}

base::Result<std::vector<Reference>> references_of(const json& pod) {
  try {
    json spec = pod.at("spec").get<json::object_t>();  // throws where it is not an object
    drop_token_volumes(spec);
    Collected all;
    sites::in_spec(std::as_const(spec), [&](const sites::Site<const json>& site) { all.add(site); });
    return std::move(all).references();
  } catch (const json::exception& e) {
    return base::fail(unexpected(e));
  }
}

base::Result<std::vector<Reference>> references_of_ephemeral(const json& container) {
  try {
    Collected all;
    sites::in_container(container, [&](const sites::Site<const json>& site) { all.add(site); });
    return std::move(all).references();
  } catch (const json::exception& e) {
    return base::fail(unexpected(e));
  }
}

std::string copy_name(std::string_view installation, std::string_view home_namespace,
                      const Reference& reference) {
  // '/' and ',' occur in no name and no key, so no two identities share a text.
  std::string identity(installation);
  for (std::string_view part :
       {home_namespace, to_string(reference.kind), std::string_view(reference.name)}) {
    identity.append("/").append(part);
  }
  identity.append("/");
  if (reference.keys.empty()) identity.append("*");
  for (const std::string& key : reference.keys) identity.append(key).append(",");
  return readable_name(reference.name, identity);
}

}  // namespace burst
