// Access to a burst node, and the certificate it serves with, against a real API server and a real
// signer: the home cluster of hack/sandbox, with the rights of deploy/rbac.yaml and no more.

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "kube/client/token_source.h"
#include "net/http_server.h"
#include "operator/certificates/serving_certificates.h"
#include "operator/kubelet/access.h"
#include "support/sandbox.h"
#include "support/test_certificates.h"
#include "support/wait.h"

namespace op::kubelet_access_test {

using nlohmann::json;
using namespace std::chrono_literals;
using testing_support::kServiceAccounts;
using testing_support::Sandbox;

constexpr kube::Resource kClusterRoles{"rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole",
                                       false};
constexpr kube::Resource kClusterRoleBindings{"rbac.authorization.k8s.io", "v1", "clusterrolebindings",
                                              "ClusterRoleBinding", false};

constexpr const char* kCluster = "home";

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class KubeletPort : public testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("KUBECONFIG") == nullptr)
      GTEST_SKIP() << "KUBECONFIG is not set: no API server to test against";
    auto config = kube::load_kubeconfig(sandbox().folder() + "/operator.kubeconfig");
    ASSERT_TRUE(config) << config.error().text();
    operator_ = *kube::Client::make(*config, "kubelet-access-test/1");
  }
  void TearDown() override {
    if (operator_) operator_->stop();
  }
  static Sandbox& sandbox() { return Sandbox::get(); }
  static kube::Client& admin() { return sandbox().home(); }
  static std::string pki(const std::string& file) {
    return read_file(sandbox().folder() + "/" + kCluster + "/pki/" + file);
  }

  const std::string node_ = "neoburst-access-" + std::to_string(getpid());
  std::unique_ptr<kube::Client> operator_;
};

class KubeletPortAccess : public KubeletPort {
 protected:
  void SetUp() override {
    KubeletPort::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ca_ = std::make_unique<ClientCa>(*operator_);
    ca_->start();
    ASSERT_TRUE(testing_support::wait_until("the client CA", 30s, [&] { return !ca_->pem().empty(); }));
    forget_answers();
    account_ = "access-" + std::to_string(getpid());
    testing_support::must_create(admin(), kServiceAccounts,
                                 {{"metadata", {{"namespace", "default"}, {"name", account_}}}});
  }
  void TearDown() override {
    if (!account_.empty()) {
      testing_support::must_delete(admin(), kServiceAccounts, "default", account_);
      EXPECT_TRUE(admin().remove(kClusterRoleBindings, {}, account_, {}));
      EXPECT_TRUE(admin().remove(kClusterRoles, {}, account_, {}));
    }
    KubeletPort::TearDown();
    if (ca_) ca_->stop();
  }
  void forget_answers() { access_ = std::make_unique<KubeletAccess>(*operator_, base::system_clock(), *ca_); }
  std::string token() {
    const json order{
        {"apiVersion", "authentication.k8s.io/v1"}, {"kind", "TokenRequest"}, {"spec", json::object()}};
    auto reply =
        admin().send(kube::create_request(kServiceAccounts, "default", order.dump(), "token", account_));
    if (!reply) throw std::runtime_error(reply.error().text());
    return json::parse(reply->body).at("status").at("token").get<std::string>();
  }
  void grant(const json& rule) {
    testing_support::must_create(admin(), kClusterRoles,
                                 {{"metadata", {{"name", account_}}}, {"rules", json::array({rule})}});
    testing_support::must_create(
        admin(), kClusterRoleBindings,
        {{"metadata", {{"name", account_}}},
         {"roleRef", {{"apiGroup", kClusterRoles.group}, {"kind", "ClusterRole"}, {"name", account_}}},
         {"subjects", {{{"kind", "ServiceAccount"}, {"namespace", "default"}, {"name", account_}}}}});
  }
  int ask(const KubeletCaller& caller, const std::string& method, const std::string& path,
          bool upgrade = false) {
    const auto verdict =
        access_->check(caller, {.node = node_, .method = method, .path = path, .upgrade = upgrade});
    last_text_ = verdict.text;
    return verdict.status;
  }

  std::unique_ptr<ClientCa> ca_;
  std::unique_ptr<KubeletAccess> access_;
  std::string account_;
  std::string last_text_;
};

TEST_F(KubeletPortAccess, TheApiServerItselfMayDoEverything) {
  const KubeletCaller api_server{.certificate_chain_pem = pki("kubelet-client.crt")};
  EXPECT_EQ(ask(api_server, "POST", "/exec/ns/pod/main", true), 200) << last_text_;
  EXPECT_EQ(ask(api_server, "GET", "/containerLogs/ns/pod/main"), 200) << last_text_;
}

TEST_F(KubeletPortAccess, NobodyIsNobodyAndTheWrongUserIsForbidden) {
  EXPECT_EQ(ask({}, "GET", "/stats/summary"), 401);
  EXPECT_EQ(ask({.bearer_token = "not a token"}, "GET", "/stats/summary"), 401);
  EXPECT_EQ(ask({.bearer_token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}, "GET", "/stats/summary"), 401);
  // The API server's own serving certificate comes from the same CA, and is for no client.
  EXPECT_EQ(ask({.certificate_chain_pem = pki("serving.crt")}, "GET", "/stats/summary"), 401);
  const KubeletCaller account{.bearer_token = token()};
  EXPECT_EQ(ask(account, "POST", "/exec/ns/pod/main", true), 403);
  EXPECT_EQ(last_text_, "Forbidden (user=system:serviceaccount:default:" + account_ +
                            ", verb=create, resource=nodes, subresource(s)=[proxy])\n");
}

TEST_F(KubeletPortAccess, ARightIsForWhatItNamesOnly) {
  grant({{"apiGroups", {""}}, {"resources", {"nodes/stats", "nodes/metrics"}}, {"verbs", {"get"}}});
  const KubeletCaller account{.bearer_token = token()};
  ASSERT_TRUE(testing_support::wait_until("the role", 30s, [&] {
    forget_answers();
    return ask(account, "GET", "/stats/summary") == 200;
  }));
  EXPECT_EQ(ask(account, "GET", "/metrics/resource"), 200);
  EXPECT_EQ(ask(account, "GET", "/pods"), 403);
  EXPECT_EQ(ask(account, "GET", "/exec/ns/pod/main", true), 403);
  EXPECT_EQ(ask(account, "POST", "/stats/summary"), 403);
}

TEST_F(KubeletPortAccess, AClientCaThatIsAddedCountsWithoutARestart) {
  const testing_support::TestAuthority added("Added clients");
  const KubeletCaller client{
      .certificate_chain_pem =
          added.issue({.common_name = "somebody", .usage = "clientAuth"}).certificate_pem};
  EXPECT_EQ(ask(client, "GET", "/stats/summary"), 401);
  constexpr const char* kPublished = "extension-apiserver-authentication";
  const auto patch = [&](const std::string& pem) {
    return admin().patch(kube::kConfigMaps, "kube-system", kPublished, kube::PatchType::kMerge,
                         json{{"data", {{"client-ca-file", pem}}}}.dump());
  };
  const std::string before = ca_->pem();
  ASSERT_TRUE(patch(before + added.ca_pem()));
  EXPECT_TRUE(testing_support::wait_until("the new CA", 30s, [&] {
    return ask(client, "GET", "/stats/summary") == 403;
  })) << last_text_;
  EXPECT_EQ(ask({.certificate_chain_pem = pki("kubelet-client.crt")}, "GET", "/pods"), 200)
      << "the old one, too";
  EXPECT_TRUE(patch(before));
  EXPECT_TRUE(testing_support::wait_until("its removal", 30s, [&] {
    return ask(client, "GET", "/stats/summary") == 401;
  })) << last_text_;
}

TEST_F(KubeletPortAccess, ASelfSignedOneIsReplacedAsSoonAsTheClusterHasSigned) {
  // An operator that may ask and not approve.
  grant({{"apiGroups", {"certificates.k8s.io"}},
         {"resources", {"certificatesigningrequests"}},
         {"verbs", {"create", "get", "delete"}}});
  kube::ClientConfig config = operator_->config();
  config.tls.certificate_pem.clear();
  config.tls.key_pem.clear();
  config.token = std::make_shared<kube::StaticToken>(token());
  const auto asking = *kube::Client::make(config, "kubelet-access-test/1");
  ServingCertificates certificates(*asking, base::system_clock(), {.self_signed_after = 1s}, {"127.0.0.1"});
  std::atomic<int> told{0};
  certificates.on_change([&](const std::string&) { ++told; });
  certificates.start();
  std::shared_ptr<const ServingCertificate> shown;
  EXPECT_TRUE(testing_support::wait_until("a certificate", 60s, [&] {
    shown = certificates.current(node_);
    return shown != nullptr;
  }));
  ASSERT_TRUE(shown);
  EXPECT_TRUE(shown->self_signed);
  json request;
  EXPECT_TRUE(testing_support::wait_until("the request", 60s, [&] {
    request = testing_support::find_object(admin(), kube::kSigningRequests, {}, node_ + "-serving");
    return request.is_object();
  }));
  request["status"]["conditions"] = {
      {{"type", "Approved"}, {"status", "True"}, {"reason", "Test"}, {"message", "by an administrator"}}};
  const auto approved = admin().update(kube::kSigningRequests, request, "approval");
  EXPECT_TRUE(approved) << approved.error().text();
  EXPECT_TRUE(testing_support::wait_until("a signed certificate", 60s, [&] {
    shown = certificates.current(node_);
    return !shown->self_signed;
  }));
  EXPECT_EQ(told, 2);
  certificates.stop();
  asking->stop();
  EXPECT_TRUE(admin().remove(kube::kSigningRequests, {}, node_ + "-serving", {}));
}

TEST_F(KubeletPort, TheClusterSignsAnUnattendedRequest) {
  ServingCertificates certificates(*operator_, base::system_clock(), {.self_signed_after = 10min},
                                   {"127.0.0.1"});
  certificates.start();
  std::shared_ptr<const ServingCertificate> shown;
  ASSERT_TRUE(testing_support::wait_until("a signed certificate", 60s, [&] {
    shown = certificates.current(node_);
    return shown != nullptr;
  }));
  EXPECT_FALSE(shown->self_signed);
  // Served, and verified as the API server does: by the CA of --kubelet-certificate-authority, for the
  // address.
  auto server =
      net::start_http_server({.certificate_pem = shown->certificate_pem, .key_pem = shown->key_pem},
                             [](const net::ServerRequest&) { return net::ServerReply{.body = "ok"}; });
  ASSERT_TRUE(server) << server.error().text();
  auto client = net::make_http_client(
      {.endpoint = {.host = "127.0.0.1", .port = (*server)->port()}, .tls = {.ca_pem = pki("ca.crt")}});
  ASSERT_TRUE(client);
  const auto reply = (*client)->send({}, {});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "ok");
  certificates.stop();
  EXPECT_TRUE(admin().remove(kube::kSigningRequests, {}, node_ + "-serving", {}));
}

}  // namespace op::kubelet_access_test
