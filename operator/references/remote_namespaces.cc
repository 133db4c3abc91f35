#include "operator/references/remote_namespaces.h"

#include <nlohmann/json.hpp>

#include "base/log.h"
#include "burst/names.h"
#include "operator/remote/remote_call.h"

namespace op {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr auto kAskAgain = 60s;
constexpr auto kFreshFor = 15s;

base::Outcome judge(const json& found, const std::string& ns, const std::string& installation) {
  const json& metadata = found.at("metadata");
  const json labels = metadata.value("labels", json::object());
  if (labels.value(std::string(burst::kInstallationLabel), "") != installation) {
    return base::fail(base::Code::kInvalid,
                      "namespace " + ns + " at the provider is not ours: if twins may go there, label it " +
                          std::string(burst::kInstallationLabel) + "=" + installation);
  }
  if (metadata.contains("deletionTimestamp")) {
    return base::fail(base::Code::kInvalid, "namespace " + ns + " at the provider is being deleted");
  }
  return {};
}

}  // namespace

base::Outcome RemoteNamespaces::ensure(RemoteCluster& cluster, const std::string& ns,
                                       const std::string& home_namespace) {
  // In the namespace that the owner gave there is nothing to create, and no right to.
  if (!cluster.namespaces().mapped() || ns == cluster.namespaces().given) return {};
  const auto now = std::chrono::steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    const auto known = known_.find({cluster.name(), ns});
    if (known != known_.end() && now - known->second < kAskAgain) return {};
  }
  const auto found = call_json(cluster.client(), kube::get_request(kube::kNamespaces, {}, ns));
  base::Outcome usable;
  if (found) {
    usable = judge(*found, ns, installation_);
  } else if (found.error().is(base::Code::kNotFound)) {
    usable = create(cluster, ns, home_namespace);
  } else {
    usable = base::fail(found.error());
  }
  if (!usable) return usable;
  std::lock_guard lock(mutex_);
  known_[{cluster.name(), ns}] = now;
  return {};
}

base::Outcome RemoteNamespaces::create(RemoteCluster& cluster, const std::string& ns,
                                       const std::string& home_namespace) {
  const json object = {{"apiVersion", "v1"},
                       {"kind", "Namespace"},
                       {"metadata",
                        {{"name", ns},
                         {"labels", {{std::string(burst::kInstallationLabel), installation_}}},
                         {"annotations", {{std::string(burst::kHomeNamespaceAnnotation), home_namespace}}}}}};
  {  // before it is sent: the reply may be lost
    std::lock_guard lock(mutex_);
    created_[{cluster.name(), ns}] = std::chrono::steady_clock::now();
  }
  const auto created =
      call_json(cluster.client(), kube::create_request(kube::kNamespaces, {}, object.dump()));
  if (created) {
    base::log_info("made a namespace at a provider", {{"provider", cluster.name()}, {"namespace", ns}});
    return {};
  }
  // Another writer was faster: the namespace is checked like any other.
  if (created.error().is(base::Code::kAlreadyExists)) {
    const auto found = call_json(cluster.client(), kube::get_request(kube::kNamespaces, {}, ns));
    return found ? judge(*found, ns, installation_) : base::fail(found.error());
  }
  return base::fail(created.error());
}

bool RemoteNamespaces::is_fresh(const std::string& provider, const std::string& ns) const {
  std::lock_guard lock(mutex_);
  const auto created = created_.find({provider, ns});
  return created != created_.end() && std::chrono::steady_clock::now() - created->second < kFreshFor;
}

void RemoteNamespaces::forget(const std::string& provider, const std::string& ns) {
  std::lock_guard lock(mutex_);
  known_.erase({provider, ns});
}

}  // namespace op
