#include "support/mapped_namespaces.h"

#include "burst/names.h"
#include "support/source_dir.h"

namespace testing_support {

using nlohmann::json;

void MappedNamespaces::SetUp() {
  EndToEnd::SetUp();
  ensure_provider_secret(sandbox_, kProvider);
  must_create(es(), kube::kNodes,
              gpu_node(region_ + "-node", region_, {{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}}));
}

void MappedNamespaces::TearDown() {
  EndToEnd::TearDown();
  for (const json& ns : list_all(es(), kube::kNamespaces, {}, std::string(burst::kInstallationLabel)))
    must_delete(es(), kube::kNamespaces, {}, name_of(ns));
  change_rights("delete");
}

json MappedNamespaces::provider() const {
  json provider = standard_provider("neocloud-eu");
  provider["metadata"]["name"] = kProvider;
  provider["spec"]["kubeconfigSecretRef"]["name"] = kProvider;
  provider["spec"]["regions"] = {{{"name", region_}, {"country", "ES"}}};
  provider["spec"]["remoteNamespacePrefix"] = prefix_;
  return provider;
}

void MappedNamespaces::change_rights(const std::string& verb) {
  const std::string file = testing_support::source_dir() + "/docs/provider-access-mapped.yaml";
  (void)kubectl(sandbox_, {verb, "-f", file}, {}, kProvider);
}

void MappedNamespaces::connect() {
  change_rights("apply");
  must_create(home(), api::kProviders, provider());
  neoburst_.wait_condition(kProvider, "Ready", "True");
  json claim = open_claim(ns_, "research");
  claim["spec"]["providers"] = {{"allow", {kProvider}}};
  create_claim(claim, {node()});
}

}  // namespace testing_support
