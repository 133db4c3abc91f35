// A refusal by a provider, from its policy or from its API server, is the offer's verdict: the pod goes to
// the next one, the reason is on record, and nothing is left behind.

#include "burst/names.h"
#include "support/e2e.h"
#include "support/references.h"

namespace testing_support::provider_refusal_test {

using namespace std::chrono_literals;
using nlohmann::json;

class ProviderRefusal : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
  }
  void TearDown() override {
    must_delete(us(), kAdmissionBindings, {}, "refuse-all");
    must_delete(us(), kAdmissionPolicies, {}, "refuse-all");
    label_pod_security(nullptr);
    EndToEnd::TearDown();
  }
  /// The cheapest: a pod that may choose goes there first.
  kube::Client& us() { return sandbox_.admin("neocloud-us"); }
  void label_pod_security(const json& level) {
    const json patch = {{"metadata", {{"labels", {{"pod-security.kubernetes.io/enforce", level}}}}}};
    const auto patched = us().patch(kube::kNamespaces, {}, "neoburst", kube::PatchType::kMerge, patch.dump());
    if (!patched) throw std::runtime_error(patched.error().text());
  }
  void change(const std::string& name, const json& spec) {
    json provider = standard_provider(name);
    provider["spec"].merge_patch(spec);
    ensure_object(home(), api::kProviders, provider);
  }
  void change_us(const json& spec) { change("neocloud-us", spec); }
  /// The pod runs in the EU, and says that the US refused it with `why`.
  void expect_next_offer(const json& pod, const std::string& why) {
    create_pod(pod);
    const json running = wait_phase(name_of(pod), "Running");
    EXPECT_EQ(node_of(running), kEuNode);
    const json refusals = burst_of(running)["status"].value("refusals", json::array());
    ASSERT_EQ(refusals.size(), 1u) << refusals;
    EXPECT_EQ(refusals[0].value("offer", ""), kUsOffer);
    EXPECT_NE(refusals[0].value("message", "").find(why), std::string::npos) << refusals;
    require_alive_within("the event", 30s, [&] {
      std::string all;
      for (const std::string& event : events_of(sandbox_, ns_, name_of(pod))) {
        if (event.starts_with("OfferRefused: ") && event.find(why) != std::string::npos) return std::string();
        all += "\n  " + event;
      }
      return "its events are" + all;
    });
    require_alive_within("nothing to be left in the US", 90s, [&] {
      std::string left;
      for (const auto& kind : {kube::kPods, kube::kConfigMaps, kube::kSecrets, kube::kServices}) {
        for (const json& each :
             list_all(us(), kind, {}, std::string(burst::kRoleLabel) + ",neoburst.io/role!=heartbeat"))
          left += std::string(kind.kind) + " " + name_of(each) + " ";
      }
      return left;
    });
  }
};

TEST_F(ProviderRefusal, AQuota) {
  must_create(us(), kResourceQuotas,
              {{"apiVersion", "v1"},
               {"kind", "ResourceQuota"},
               {"metadata", {{"namespace", "neoburst"}, {"name", "none"}}},
               {"spec", {{"hard", {{"requests.nvidia.com/gpu", "0"}}}}}});
  must_create(home(), kube::kConfigMaps, config_map(ns_, "settings", {{"a", "1"}}));
  expect_next_offer(with_environment(gpu_pod(ns_, "one", "infinity"), "settings"), "exceeded quota");
}

TEST_F(ProviderRefusal, AQuotaOnSecrets) {
  must_create(us(), kResourceQuotas,
              {{"apiVersion", "v1"},
               {"kind", "ResourceQuota"},
               {"metadata", {{"namespace", "neoburst"}, {"name", "none"}}},
               {"spec", {{"hard", {{"count/secrets", "0"}}}}}});
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "v"}}));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "t")});
  expect_next_offer(pod, "exceeded quota");
}

TEST_F(ProviderRefusal, PodSecurity) {
  label_pod_security("restricted");
  expect_next_offer(gpu_pod(ns_, "one", "infinity"), "violates PodSecurity");
}

TEST_F(ProviderRefusal, AnAdmissionPolicy) {
  const json rule = json::parse(
      R"({"resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]})");
  must_create(us(), kAdmissionPolicies,
              {{"apiVersion", "admissionregistration.k8s.io/v1"},
               {"kind", "ValidatingAdmissionPolicy"},
               {"metadata", {{"name", "refuse-all"}}},
               {"spec",
                {{"failurePolicy", "Fail"},
                 {"matchConstraints", rule},
                 {"validations", {{{"expression", "false"}, {"message", "no pods today"}}}}}}});
  must_create(us(), kAdmissionBindings,
              {{"apiVersion", "admissionregistration.k8s.io/v1"},
               {"kind", "ValidatingAdmissionPolicyBinding"},
               {"metadata", {{"name", "refuse-all"}}},
               {"spec", {{"policyName", "refuse-all"}, {"validationActions", {"Deny"}}}}});
  // It takes a moment until the API server enforces it.
  require_alive_within("the policy to hold", 60s, [&] {
    const auto tried = us().create(kube::kPods, "default", gpu_pod("default", "probe", "1"));
    if (!tried) return std::string();
    must_delete(us(), kube::kPods, "default", "probe", {.grace_seconds = 0});
    return std::string("a pod was let in");
  });
  expect_next_offer(gpu_pod(ns_, "one", "infinity"), "no pods today");
}

TEST_F(ProviderRefusal, AProviderThatTakesNoSecrets) {
  change_us({{"policy", {{"allowSecrets", false}}}});
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "v"}}));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "t")});
  expect_next_offer(pod, "Secret");
}

TEST_F(ProviderRefusal, ARuntimeClassThatHasNoCounterpart) {
  const std::string name = ns_ + "-nvidia";
  must_create(home(), kRuntimeClasses,
              {{"apiVersion", "node.k8s.io/v1"},
               {"kind", "RuntimeClass"},
               {"metadata", {{"name", name}}},
               {"handler", "nvidia"}});
  // "": none is needed there.
  change("neocloud-eu", {{"policy", {{"runtimeClasses", {{name, ""}}}, {"storageClasses", {{"", ""}}}}}});
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["runtimeClassName"] = name;
  expect_next_offer(pod, "runtimeClassName " + name + " has no counterpart there");
  const json twin = wait_twin(this->pod("one"), "neocloud-eu");
  EXPECT_FALSE(twin["spec"].contains("runtimeClassName")) << twin["spec"];
  must_delete(home(), kRuntimeClasses, {}, name);
}

TEST_F(ProviderRefusal, ATypeOfSecretThatIsNotListed) {
  change_us({{"policy", {{"secretTypes", {"kubernetes.io/tls"}}}}});
  must_create(home(), kube::kSecrets, opaque_secret(ns_, "token", {{"t", "v"}}));
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "t")});
  expect_next_offer(pod, "has the type Opaque, which the provider's spec.policy.secretTypes does not list");
}

TEST_F(ProviderRefusal, AServiceAccountTokenGoesNowhere) {
  json token = opaque_secret(ns_, "token", {{"token", "v"}});
  token["type"] = "kubernetes.io/service-account-token";
  token["metadata"]["annotations"] = {{"kubernetes.io/service-account.name", "default"}};
  must_create(home(), kube::kSecrets, token);
  json pod = gpu_pod(ns_, "one", "infinity");
  pod["spec"]["containers"][0]["env"] = json::array({secret_variable("T", "token", "token")});
  create_pod(pod);
  require_alive_within("the event", 60s, [&] {
    for (const std::string& event : events_of(sandbox_, ns_, "one")) {
      if (event.starts_with("CannotBurst: ") && event.find("tokens of this cluster") != std::string::npos)
        return std::string();
    }
    return std::string("no such event");
  });
  EXPECT_EQ(node_of(this->pod("one")), "");
  for (const char* provider : {"neocloud-eu", "neocloud-us"})
    EXPECT_TRUE(copies_at(sandbox_, provider, ns_, kube::kSecrets).empty()) << provider;
}

}  // namespace testing_support::provider_refusal_test
