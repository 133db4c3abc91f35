// Each home namespace has one of its own at the provider (spec.remoteNamespacePrefix).

#include "burst/names.h"
#include "support/mapped_namespaces.h"
#include "support/references.h"

namespace testing_support::namespaces_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Namespaces : public MappedNamespaces {
 protected:
  Namespaces() : MappedNamespaces("es-1", "acme-") {}
};

TEST_F(Namespaces, AreMadeAndUsedByTheirPods) {
  connect();
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  create_pod(with_environment(gpu_pod(ns_, "one", "2"), "settings"));
  create_pod(with_environment(gpu_pod(ns_, "two", "infinity"), "settings"));
  wait_phase("one", "Succeeded");
  const json running = wait_phase("two", "Running");
  EXPECT_EQ(node_of(running), node());
  EXPECT_EQ(burst_of(running)["status"]["attempt"].value("remoteNamespace", ""), mapped());
  const json made = find_object(es(), kube::kNamespaces, {}, mapped());
  ASSERT_TRUE(made.is_object());
  EXPECT_TRUE(made["metadata"]["labels"].contains(std::string(burst::kInstallationLabel)));
  const auto copies = copies_at(sandbox_, kProvider, ns_, kube::kConfigMaps);
  ASSERT_EQ(copies.size(), 1u);
  EXPECT_EQ(copies[0]["metadata"].value("namespace", ""), mapped());
  EXPECT_EQ(list_all(es(), kube::kPods, "neoburst").size(), 0u);
  // The provider goes, and with it everything of ours but the namespace.
  must_delete(home(), kube::kPods, ns_, "two");
  wait_gone("two");
  neoburst_.remove_provider(kProvider);
  const std::string any = std::string(burst::kRoleLabel);
  for (const auto& kind : {kube::kPods, kube::kConfigMaps, kube::kSecrets, kube::kServices}) {
    for (const json& each : list_all(es(), kind, {}, any)) ADD_FAILURE() << each["metadata"];
  }
  EXPECT_TRUE(find_object(es(), kube::kNamespaces, {}, mapped()).is_object());
}

TEST_F(Namespaces, OnesThatAreNotOursAreNotUsed) {
  connect();
  must_create(es(), kube::kNamespaces,
              {{"apiVersion", "v1"}, {"kind", "Namespace"}, {"metadata", {{"name", mapped()}}}});
  create_pod(gpu_pod(ns_, "one", "2"));
  wait_told("one", "is not ours");
  EXPECT_TRUE(list_all(es(), kube::kPods, mapped()).empty());
  // The administrator lets us in.
  const json root = find_object(home(), kube::kNamespaces, {}, "kube-system");
  const json patch = {{"metadata", {{"labels", {{std::string(burst::kInstallationLabel), uid_of(root)}}}}}};
  ASSERT_TRUE(es().patch(kube::kNamespaces, {}, mapped(), kube::PatchType::kMerge, patch.dump()));
  wait_phase("one", "Succeeded");
}

TEST_F(Namespaces, WithoutTheirRightsTheProviderSaysWhatIsMissing) {
  must_create(home(), api::kProviders, provider());
  const json condition = neoburst_.wait_condition(kProvider, "Authorised", "False", "PermissionsMissing");
  EXPECT_NE(condition.value("message", "").find("of the whole cluster"), std::string::npos) << condition;
}

}  // namespace testing_support::namespaces_test
