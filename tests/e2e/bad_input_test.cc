// Mistakes of users: refused at once with the fix, or shown as a condition, and never a problem for
// others.

#include "support/e2e.h"
#include "support/test_certificates.h"

namespace testing_support::bad_input_test {

using namespace std::chrono_literals;
using nlohmann::json;

class BadInput : public EndToEnd {
 protected:
  struct Row {
    const char* name;
    json object;
    const char* expected;  ///< what kubectl must say
  };
  void expect_refused(const Row& row) {
    SCOPED_TRACE(row.name);
    const auto result = kubectl(sandbox_, {"apply", "-f", "-"}, row.object.dump());
    EXPECT_NE(result.exit_code, 0) << result.output;
    EXPECT_NE(result.errors.find(row.expected), std::string::npos) << result.errors;
  }
  json claim_with(const json& spec) {
    json claim = open_claim(ns_, "bad");
    claim["spec"].merge_patch(spec);
    return claim;
  }
  json provider_with(const json& spec) {
    json provider = standard_provider("neocloud-eu");
    provider["metadata"]["name"] = "bad";
    provider["spec"].merge_patch(spec);
    return provider;
  }

  /// A provider named "bad" with this kubeconfig, shown with the condition that is given; others go on.
  json condition_with(const std::string& kubeconfig, const std::string& type, const std::string& reason) {
    ensure_object(home(), kube::kSecrets, kubeconfig_secret("bad", kubeconfig));
    json provider = provider_with(json::object());
    provider["spec"]["kubeconfigSecretRef"]["name"] = "bad";
    ensure_object(home(), api::kProviders, provider);
    const json condition = neoburst_.wait_condition("bad", type, "False", reason);
    const json ready = condition_of(find_object(home(), api::kProviders, {}, "bad"), "Ready");
    EXPECT_EQ(ready.value("status", ""), "False");
    // The good one beside it still takes pods.
    create_claim(eu_claim(ns_, "research"));
    create_pod(gpu_pod(ns_, "one", "1"));
    EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), kEuNode);
    neoburst_.remove_provider("bad");
    must_delete(home(), kube::kSecrets, "neoburst-system", "bad");
    return condition;
  }

  std::string kubeconfig_of(const std::string& user) {
    const std::string customer = read_text(sandbox_.customer_kubeconfig("neocloud-eu"));
    const auto begin = customer.find("  user:\n");
    const auto end = customer.find("contexts:");
    return customer.substr(0, begin) + "  user:\n" + user + customer.substr(end);
  }
};

std::string base64(const std::string& text) { return run_command({"/usr/bin/base64", "-w0"}, text).output; }

TEST_F(BadInput, IsRefusedAtApplyWithTheMend) {
  const std::vector<Row> rows = {
      {"unknown country", claim_with({{"location", {{"countries", {"XX"}}}}}),
       "'XX' is not an ISO 3166 country code"},
      {"UK", claim_with({{"location", {{"countries", {"UK"}}}}}), "use GB"},
      {"negative price", claim_with({{"price", {{"maxPerGPUHour", "-1"}}}}), "such as \"3.50\""},
      {"comma", claim_with({{"price", {{"maxPerGPUHour", "1,50"}}}}), "such as \"3.50\""},
      {"no such model", claim_with({{"gpus", {{"models", {"H9000"}}}}}), "H9000"},
      {"no budget", claim_with({{"budget", {{"amount", "0.00"}}}}), "must be more than 0"},
      {"duration", claim_with({{"lifetime", "7"}}), "write a duration with its unit"},
      {"distance from nowhere", claim_with({{"location", {{"maxDistanceKm", 100}}}}), "needs near"},
      {"provider's price",
       provider_with({{"prices", {{"list", {{{"model", "H100"}, {"perGPUHour", "1,50"}}}}}}}),
       "such as \"3.50\""},
      {"provider's country", provider_with({{"regions", {{{"name", "r"}, {"country", "Finland"}}}}}),
       "country"},
      {"declared nothing", provider_with({{"capacity", {{"mode", "Declared"}}}}), "need declared"},
  };
  for (const Row& row : rows) expect_refused(row);
}

TEST_F(BadInput, AKubeconfigThatIsNone) {
  const json condition = condition_with("this is not a kubeconfig", "Reachable", "KubeconfigInvalid");
  EXPECT_NE(condition.value("message", "").find("Secret neoburst-system/bad"), std::string::npos)
      << condition;
}

TEST_F(BadInput, AnExpiredClientCertificate) {
  const std::string pki = sandbox_.folder() + "/neocloud-eu/pki/";
  const TestAuthority authority(Issued{read_text(pki + "ca.crt"), read_text(pki + "ca.key")});
  const Issued expired =
      authority.issue({.common_name = "neoburst", .valid_from = -172800, .valid_until = -86400});
  const std::string user = "    client-certificate-data: " + base64(expired.certificate_pem) +
                           "\n    client-key-data: " + base64(expired.key_pem) + "\n";
  const json condition = condition_with(kubeconfig_of(user), "Reachable", "CertificateExpired");
  EXPECT_NE(condition.value("message", "").find("get a new kubeconfig"), std::string::npos) << condition;
}

TEST_F(BadInput, CredentialsWithoutRights) {
  kube::Client& eu = sandbox_.admin("neocloud-eu");
  ensure_object(eu, kServiceAccounts,
                {{"apiVersion", "v1"},
                 {"kind", "ServiceAccount"},
                 {"metadata", {{"namespace", "default"}, {"name", "nobody"}}}});
  const auto token =
      kubectl(sandbox_, {"create", "token", "nobody", "--namespace", "default"}, {}, "neocloud-eu");
  ASSERT_EQ(token.exit_code, 0) << token.errors;
  const json condition =
      condition_with(kubeconfig_of("    token: " + token.output + "\n"), "Authorised", "PermissionsMissing");
  EXPECT_NE(condition.value("message", "").find("docs/provider-access.yaml"), std::string::npos) << condition;
  must_delete(eu, kServiceAccounts, "default", "nobody");
}

TEST_F(BadInput, AServerThatDoesNotAnswer) {
  std::string kubeconfig = read_text(sandbox_.customer_kubeconfig("neocloud-eu"));
  const auto colon = kubeconfig.find("https://127.0.0.1:") + 18;
  kubeconfig.replace(colon, kubeconfig.find('\n', colon) - colon, std::to_string(free_port()));
  const json condition = condition_with(kubeconfig, "Reachable", "Unreachable");
  EXPECT_NE(condition.value("message", "").find("no answer from 127.0.0.1"), std::string::npos) << condition;
}

}  // namespace testing_support::bad_input_test
