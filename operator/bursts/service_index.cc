#include "operator/bursts/service_index.h"

namespace op {

void ServiceIndex::apply(const kube::Change<kube::ServiceRecord>& change) {
  const kube::ObjectMeta& meta = change.any().meta;
  std::lock_guard lock(mutex_);
  if (change.after) {
    namespaces_[meta.ns].insert_or_assign(meta.name, change.after);
    return;
  }
  const auto services = namespaces_.find(meta.ns);
  if (services == namespaces_.end()) return;
  services->second.erase(meta.name);
  if (services->second.empty()) namespaces_.erase(services);
}

std::string ServiceIndex::selecting(const kube::PodRecord& pod) const {
  std::lock_guard lock(mutex_);
  const auto services = namespaces_.find(pod.meta.ns);
  if (services == namespaces_.end()) return {};
  for (const auto& [name, service] : services->second) {
    if (kube::needs_address(*service, pod)) return name;
  }
  return {};
}

}  // namespace op
