#include "operator/references/pod_copies.h"

namespace op {

using nlohmann::json;

base::Result<std::vector<burst::Copy>> PodCopies::of(const kube::PodRecord& pod,
                                                     const std::set<std::string>& ephemeral) {
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find(pod.meta.uid);
    if (known != known_.end() && known->second.ephemeral == ephemeral) return known->second.copies;
  }
  const auto document = home_.get(kube::kPods, pod.meta.ns, pod.meta.name, pod.meta.resource_version);
  if (!document && document.error().is(base::Code::kNotFound)) return std::vector<burst::Copy>();
  if (!document) return base::fail(document.error());
  if (document->at("metadata").value("uid", "") != pod.meta.uid) return std::vector<burst::Copy>();
  return take(*document, ephemeral);
}

void PodCopies::note(const json& pod) { take(pod, {}); }

std::vector<burst::Copy> PodCopies::take(const json& pod, const std::set<std::string>& ephemeral) {
  const json& metadata = pod.at("metadata");
  const burst::CopyPlace place{installation_, metadata.value("namespace", ""), {}};
  // A document that cannot be read was never made a twin.
  auto needs = burst::needs_of(place, pod, ephemeral);
  Known known{ephemeral, needs ? std::move(*needs) : std::vector<burst::Copy>()};
  std::lock_guard lock(mutex_);
  return known_.insert_or_assign(metadata.value("uid", ""), std::move(known)).first->second.copies;
}

std::vector<std::pair<std::string, std::string>> PodCopies::names(const std::string& pod_uid) const {
  std::vector<std::pair<std::string, std::string>> out;
  std::lock_guard lock(mutex_);
  const auto known = known_.find(pod_uid);
  if (known == known_.end()) return out;
  for (const burst::Copy& copy : known->second.copies) {
    if (copy.name != copy.source) out.emplace_back(copy.name, copy.source);
  }
  return out;
}

void PodCopies::keep_only(const std::set<std::string>& pod_uids) {
  std::lock_guard lock(mutex_);
  std::erase_if(known_, [&](const auto& each) { return !pod_uids.contains(each.first); });
}

}  // namespace op
