#include "operator/kubelet/access.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "net/http_server.h"
#include "support/manual_clock.h"
#include "support/test_certificates.h"
#include "support/wait.h"

// Access, by an API server with scripted answers. The real one answers in
// tests/integration/kubelet_access_test.cc.

namespace op::access_test {

using nlohmann::json;
using namespace std::chrono_literals;
using testing_support::TestAuthority;

constexpr const char* kCaMap = "/api/v1/namespaces/kube-system/configmaps";

/// The scripted answers of the API server, and the questions it got.
class Reviews {
 public:
  net::ServerReply answer(const net::ServerRequest& request) {
    std::lock_guard lock(mutex_);
    if (request.target.starts_with(kCaMap)) return config_map(request.target);
    const json body = json::parse(request.body);
    if (status_ != 200) return {.status = status_, .content_type = "application/json", .body = "{}"};
    const bool about_token = request.target.find("tokenreviews") != std::string_view::npos;
    (about_token ? tokens_ : reviews_).push_back(body.at("spec"));
    return {.body = json{{"status", about_token ? user(body) : verdict(body)}}.dump()};
  }

  json user(const json& body) const {
    if (body["spec"]["token"] != "good") return {{"authenticated", false}, {"error", "invalid bearer token"}};
    return {{"authenticated", true},
            {"user",
             {{"username", "system:serviceaccount:monitoring:metrics"},
              {"uid", "u1"},
              {"groups", {"system:serviceaccounts"}},
              {"extra", {{"pod", {"p"}}}}}}};
  }
  json verdict(const json& body) const {
    const json& asked = body["spec"]["resourceAttributes"];
    const bool allowed = allowed_.contains(asked.value("verb", "") + " " + asked.value("subresource", ""));
    return {{"allowed", allowed}};
  }
  net::ServerReply config_map(std::string_view target) const {
    if (target.find("watch=1") != std::string_view::npos) return {.body = ""};
    json item{{"metadata",
               {{"namespace", "kube-system"},
                {"name", "extension-apiserver-authentication"},
                {"resourceVersion", "1"}}}};
    if (!ca_.empty()) item["data"]["client-ca-file"] = ca_;
    return {.body = json{{"metadata", {{"resourceVersion", "1"}}}, {"items", {item}}}.dump()};
  }

  void allow(std::set<std::string> what) {
    std::lock_guard lock(mutex_);
    allowed_ = std::move(what);
  }
  void fail_with(int status) {
    std::lock_guard lock(mutex_);
    status_ = status;
  }
  std::vector<json> tokens() const {
    std::lock_guard lock(mutex_);
    return tokens_;
  }
  std::vector<json> reviews() const {
    std::lock_guard lock(mutex_);
    return reviews_;
  }
  std::string ca_;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> allowed_;
  int status_ = 200;
  std::vector<json> tokens_;
  std::vector<json> reviews_;
};

class Access : public testing::Test {
 protected:
  void SetUp() override {
    reviews_.ca_ = authority_.ca_pem();
    auto server = net::start_http_server(
        {.threads = 4}, [this](const net::ServerRequest& request) { return reviews_.answer(request); });
    ASSERT_TRUE(server);
    server_ = std::move(*server);
    kube::ClientConfig config;
    config.endpoint = *net::parse_endpoint("http://127.0.0.1:" + std::to_string(server_->port()));
    client_ = *kube::Client::make(config, "test/1");
    ca_ = std::make_unique<ClientCa>(*client_);
    access_ = std::make_unique<KubeletAccess>(*client_, clock_, *ca_);
    ca_->start();
    ASSERT_TRUE(testing_support::wait_until("the client CA", 20s, [&] { return !ca_->pem().empty(); }));
  }
  void TearDown() override {
    if (client_) client_->stop();
    if (ca_) ca_->stop();
  }
  AccessVerdict ask(const KubeletCaller& caller, const std::string& path = "/stats/summary",
                    const std::string& method = "GET", bool upgrade = false) {
    return access_->check(caller, {.node = "neoburst-a", .method = method, .path = path, .upgrade = upgrade});
  }
  KubeletCaller with_certificate(testing_support::CertificateOrder order) const {
    order.usage = "clientAuth";
    return {.certificate_chain_pem = authority_.issue(order).certificate_pem};
  }

  const TestAuthority authority_{"Home clients"};
  testing_support::ManualClock clock_;
  Reviews reviews_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<ClientCa> ca_;
  std::unique_ptr<KubeletAccess> access_;
};

const KubeletCaller kMetrics{.bearer_token = "good"};

TEST_F(Access, AnonymousIsNobody) {
  const auto verdict = ask({});
  EXPECT_EQ(verdict.status, 401);
  EXPECT_EQ(verdict.text, "Unauthorized");
  EXPECT_TRUE(reviews_.tokens().empty());
  EXPECT_TRUE(reviews_.reviews().empty());
}

TEST_F(Access, ACertificateSaysWhoItIs) {
  reviews_.allow({"create proxy"});
  const auto server = with_certificate({.common_name = "api-server", .organizations = {"ops", "admins"}});
  const auto verdict = ask(server, "/exec/ns/pod/main", "POST", true);
  EXPECT_EQ(verdict.status, 200) << verdict.text;
  EXPECT_EQ(verdict.user, "api-server");
  ASSERT_EQ(reviews_.reviews().size(), 1u);
  const json expected{{"user", "api-server"},
                      {"groups", {"ops", "admins", "system:authenticated"}},
                      {"resourceAttributes",
                       {{"verb", "create"},
                        {"version", "v1"},
                        {"resource", "nodes"},
                        {"subresource", "proxy"},
                        {"name", "neoburst-a"}}}};
  EXPECT_EQ(reviews_.reviews()[0], expected);
}

TEST_F(Access, ACertificateThatProvesNothingIsNobody) {
  reviews_.allow({"get stats"});
  const TestAuthority foreign("Home clients");
  EXPECT_EQ(ask({.certificate_chain_pem = foreign.issue({.usage = "clientAuth"}).certificate_pem}).status,
            401);
  EXPECT_EQ(ask({.certificate_chain_pem = "garbage"}).status, 401);
  EXPECT_EQ(ask({.certificate_chain_pem = authority_.issue({.usage = "serverAuth"}).certificate_pem}).status,
            401);
  EXPECT_TRUE(reviews_.reviews().empty());
  // But a caller that also has a good token is somebody.
  const auto both = ask({.certificate_chain_pem = "garbage", .bearer_token = "good"});
  EXPECT_EQ(both.status, 200);
  EXPECT_EQ(both.user, "system:serviceaccount:monitoring:metrics");
}

TEST_F(Access, WhoCannotBeJudgedIsNotCalledNobody) {
  reviews_.allow({"get stats"});
  const auto server = with_certificate({.common_name = "api-server"});
  const ClientCa unknown(*client_);  // not read yet
  KubeletAccess early(*client_, clock_, unknown);
  const KubeletQuestion question{.node = "neoburst-a", .method = "GET", .path = "/stats/summary"};
  EXPECT_EQ(early.check(server, question).status, 503);
  EXPECT_EQ(early.check({}, question).status, 401) << "who shows nothing is nobody all the same";
  auto both = server;
  both.bearer_token = "good";
  EXPECT_EQ(early.check(both, question).status, 200);
}

TEST_F(Access, ATokensUserIsAskedForAsTheApiServerNamesThem) {
  reviews_.allow({"get stats"});
  EXPECT_EQ(ask(kMetrics).status, 200);
  ASSERT_EQ(reviews_.reviews().size(), 1u);
  const json spec = reviews_.reviews()[0];
  EXPECT_EQ(spec["user"], "system:serviceaccount:monitoring:metrics");
  EXPECT_EQ(spec["uid"], "u1");
  EXPECT_EQ(spec["groups"], (json{"system:serviceaccounts", "system:authenticated"}));
  EXPECT_EQ(spec["extra"], (json{{"pod", {"p"}}}));
}

TEST_F(Access, AnswersAreRememberedForAsLongAsTheyMay) {
  reviews_.allow({"get stats"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(kMetrics).status, 200);
  EXPECT_EQ(reviews_.tokens().size(), 1u);
  EXPECT_EQ(reviews_.reviews().size(), 1u);
  reviews_.allow({});
  clock_.advance(119s);
  EXPECT_EQ(ask(kMetrics).status, 200);
  EXPECT_EQ(reviews_.tokens().size(), 1u);
  clock_.advance(2s);
  EXPECT_EQ(ask(kMetrics).status, 200) << "a permission lives for 5 minutes";
  EXPECT_EQ(reviews_.tokens().size(), 2u) << "a token for 2";
  clock_.advance(180s);
  EXPECT_EQ(ask(kMetrics).status, 403);
  reviews_.allow({"get stats"});
  clock_.advance(29s);
  EXPECT_EQ(ask(kMetrics).status, 403);
  clock_.advance(2s);
  EXPECT_EQ(ask(kMetrics).status, 200) << "a refusal for 30 seconds";
}

TEST_F(Access, AWrongTokenIsNobodyAndSoonAskedAboutAgain) {
  const KubeletCaller wrong{.bearer_token = "wrong"};
  EXPECT_EQ(ask(wrong).status, 401);
  EXPECT_EQ(ask(wrong).status, 401);
  EXPECT_EQ(reviews_.tokens().size(), 1u);
  clock_.advance(11s);
  EXPECT_EQ(ask(wrong).status, 401);
  EXPECT_EQ(reviews_.tokens().size(), 2u);
  EXPECT_EQ(ask({.bearer_token = "two words"}).status, 401);
  EXPECT_EQ(ask({.bearer_token = "\xff\xfe"}).status, 401);
  EXPECT_EQ(ask({.bearer_token = std::string(20'000, 'x')}).status, 401);
  EXPECT_EQ(reviews_.tokens().size(), 2u) << "what cannot be a token is not asked about";
}

TEST_F(Access, TheWrongUserIsForbidden) {
  reviews_.allow({"get metrics"});
  const auto verdict = ask(kMetrics, "/exec/ns/pod/main", "POST", true);
  EXPECT_EQ(verdict.status, 403);
  EXPECT_EQ(verdict.text,
            "Forbidden (user=system:serviceaccount:monitoring:metrics, verb=create, resource=nodes, "
            "subresource(s)=[proxy])\n");
}

TEST_F(Access, ToGetIsNotToExecByWebSocket) {
  reviews_.allow({"get proxy"});
  EXPECT_EQ(ask(kMetrics, "/containerLogs/ns/pod/main").status, 200);
  EXPECT_EQ(ask(kMetrics, "/exec/ns/pod/main", "GET", true).status, 403);
  clock_.advance(31s);
  reviews_.allow({"get proxy", "create proxy"});
  EXPECT_EQ(ask(kMetrics, "/exec/ns/pod/main", "GET", true).status, 200);
}

TEST_F(Access, AFineGrainedRightIsEnoughAndProxyIsToo) {
  reviews_.allow({"get pods"});
  EXPECT_EQ(ask(kMetrics, "/pods").status, 200);
  EXPECT_EQ(reviews_.reviews().size(), 1u);
  clock_.advance(301s);
  reviews_.allow({"get proxy"});
  EXPECT_EQ(ask(kMetrics, "/pods").status, 200);
  EXPECT_EQ(reviews_.reviews().size(), 3u);
}

TEST_F(Access, AnApiServerThatFailsLetsNobodyIn) {
  reviews_.allow({"get stats"});
  reviews_.fail_with(503);
  EXPECT_EQ(ask(kMetrics).status, 503);
  reviews_.fail_with(403);  // the operator lacks the right to ask
  EXPECT_EQ(ask(kMetrics).status, 500);
  EXPECT_EQ(ask(with_certificate({})).status, 500);
  reviews_.fail_with(200);
  EXPECT_EQ(ask(kMetrics).status, 200) << "a failure is not remembered";
}

TEST_F(Access, AStopEndsTheWaiting) {
  std::stop_source stopped;
  stopped.request_stop();
  const auto verdict = access_->check(
      kMetrics, {.node = "neoburst-a", .method = "GET", .path = "/stats/summary"}, stopped.get_token());
  EXPECT_EQ(verdict.status, 503);
}

TEST_F(Access, AHundredAtOnceAskOnce) {
  reviews_.allow({"create proxy"});
  std::atomic<int> in{0};
  {
    std::vector<std::jthread> callers;
    for (int i = 0; i < 100; ++i) {
      callers.emplace_back(
          [&] { in += ask(kMetrics, "/exec/ns/pod/main", "POST", true).status == 200 ? 1 : 0; });
    }
  }
  EXPECT_EQ(in, 100);
  EXPECT_EQ(reviews_.tokens().size(), 1u);
  EXPECT_EQ(reviews_.reviews().size(), 1u);
}

}  // namespace op::access_test
