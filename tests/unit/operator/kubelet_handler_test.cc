#include "operator/kubelet/kubelet_handler.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <future>

#include "base/time_text.h"
#include "burst/names.h"
#include "fake_lists.h"
#include "support/manual_clock.h"
#include "support/wait.h"

// What burst nodes answer, with home and a provider as lists. Streams themselves are in lib/net's tests, and
// real ones in tests/e2e.

namespace op::kubelet_handler_test {

using nlohmann::json;
using namespace std::chrono_literals;
using testing_support::wait_until;

namespace fs = std::filesystem;

constexpr const char* kNode = "neoburst-a";
constexpr const char* kOtherNode = "neoburst-b";
constexpr const char* kUid = "00000000-1111-2222-3333-000000000001";
constexpr const char* kEndedUid = "00000000-1111-2222-3333-000000000002";

class FakeExchange : public net::StreamExchange {
 public:
  FakeExchange(std::string target, net::Headers headers, bool upgrade = false) {
    request_.is_upgrade = upgrade;
    request_.head = {.method = "GET", .target = std::move(target), .headers = std::move(headers)};
  }
  const net::StreamRequest& request() const override { return request_; }
  void reply(net::ServerReply given) override { replied = std::move(given); }
  void forward(net::Forward given, Refused) override { forwarded = given.request.target; }

  net::ServerReply replied{.status = 0};
  std::string forwarded;

 private:
  net::StreamRequest request_;
};

json pod(const std::string& name, const std::string& uid, const char* phase) {
  return {{"metadata", {{"namespace", "team"}, {"name", name}, {"uid", uid}}},
          {"spec", {{"nodeName", kNode}, {"containers", {{{"name", "main"}}}}}},
          {"status", {{"phase", phase}}}};
}
json burst_of(const std::string& name, const std::string& uid, const std::string& twin) {
  return {{"metadata", {{"namespace", "team"}, {"name", burst::burst_name(uid)}}},
          {"spec", {{"podName", name}, {"podUID", uid}}},
          {"status",
           {{"attempt",
             {{"number", 1},
              {"name", twin},
              {"provider", "eu"},
              {"node", kNode},
              {"remoteNamespace", "neoburst"}}}}}};
}

class Handler : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("neoburst-handler-" + std::to_string(getpid()));
    fs::remove_all(folder_);
    spool_ = std::make_unique<LogSpool>(folder_);
    fill_home();
    fill_provider();
    client_ = home_api_.client();
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test");
    home_ = std::make_unique<Home>(*client_, clock_, *events_, "inst");
    ca_ = std::make_unique<ClientCa>(*client_);
    access_ = std::make_unique<KubeletAccess>(*client_, clock_, *ca_);
    metrics_ = std::make_unique<ResourceMetrics>(*home_, clusters_);
    metrics_->start();
    handler_ =
        std::make_unique<KubeletHandler>(KubeletParts{*home_, clusters_, *access_, *spool_, *metrics_});
    home_->pods.start();
    home_->nodes.start();
    home_->bursts.start();
    cluster_ = std::make_shared<RemoteCluster>(
        "eu", burst::NamespaceRule{"neoburst", ""}, provider_api_.client(), Permissions{}, "inst",
        [](const std::string&, kube::Urgency) {}, [] {});
    cluster_->start();
    clusters_.put(cluster_);
    ASSERT_TRUE(wait_until("the lists", 20s, [&] {
      return home_->pods.synced() && home_->nodes.synced() && home_->bursts.synced() && cluster_->synced();
    }));
  }
  void TearDown() override {
    metrics_->stop();
    cluster_->stop();
    home_->stop();
    client_->stop();
    fs::remove_all(folder_);
  }
  void fill_home() {
    home_api_.on_send = [](const net::HttpRequest& request,
                           std::stop_token) -> std::optional<FakeLists::Reply> {
      if (request.method != "POST") return std::nullopt;
      const json spec = json::parse(request.body)["spec"];
      if (spec.contains("token")) {
        return FakeLists::reply(
            201, json{{"status",
                       {{"authenticated", spec["token"] == "good"}, {"user", {{"username", "somebody"}}}}}}
                     .dump());
      }
      return FakeLists::reply(201, R"({"status":{"allowed":true}})");
    };
    for (const char* node : {kNode, kOtherNode}) {
      home_api_.put(
          kube::kNodes,
          {{"metadata",
            {{"name", node}, {"labels", {{"type", "virtual-kubelet"}, {"neoburst.io/provider", "eu"}}}}}});
    }
    home_api_.put(kube::kPods, pod("one", kUid, "Running"));
    home_api_.put(kube::kPods, pod("ended", kEndedUid, "Succeeded"));
    home_api_.put(api::kBursts, burst_of("one", kUid, "twin-1"));
    json ended = burst_of("ended", kEndedUid, "twin-2");
    ended["status"]["endedTime"] = "2026-11-24T02:00:00Z";
    home_api_.put(api::kBursts, ended);
  }
  void fill_provider() {
    json twin = json::parse(R"({"metadata": {"namespace": "neoburst", "name": "twin-1"},
        "spec": {"nodeName": "n", "containers": [{"name": "main"}, {"name": "ours"}]},
        "status": {"phase": "Running", "initContainerStatuses": [
            {"name": "setup", "state": {"running": {"startedAt": "2020-11-24T00:00:00Z"}}}]}})");
    twin["metadata"]["labels"] = {{std::string(burst::kInstallationLabel), "inst"},
                                  {std::string(burst::kRoleLabel), "twin"},
                                  {std::string(burst::kPodUidLabel), kUid},
                                  {std::string(burst::kAttemptLabel), "twin-1"}};
    twin["metadata"]["annotations"][std::string(burst::kContainersAnnotation)] = "setup,main";
    provider_api_.put(kube::kPods, twin);
    provider_api_.on_send = [this](const net::HttpRequest& request,
                                   std::stop_token stop) -> std::optional<FakeLists::Reply> {
      if (request.target.find("/apis/metrics.k8s.io/") == std::string::npos) return std::nullopt;
      std::unique_lock lock(mutex_);
      most_at_once_ = std::max(most_at_once_, ++at_once_);
      if (stalls_) released_.wait_for(lock, stop, request.timeout, [this] { return !stalls_; });
      --at_once_;
      return FakeLists::reply(200, measurements().dump());
    };
  }
  /// Measurements of the pod's containers, and of one that is not its own.
  json measurements() const {
    json containers = json::array();
    for (const char* name : {"main", "setup", "ours"}) {
      containers.push_back({{"name", name}, {"usage", {{"cpu", cpu_}, {"memory", "1Mi"}}}});
    }
    return {{"items",
             {{{"metadata", {{"name", "twin-1"}}},
               {"timestamp", base::format_time(clock_.now())},
               {"containers", containers}}}}};
  }
  std::shared_ptr<FakeExchange> ask(const std::string& target, const char* node = kNode,
                                    net::Headers headers = {{"Authorization", "Bearer good"}}) {
    auto exchange = std::make_shared<FakeExchange>(target, std::move(headers));
    handler_->handle(node, exchange);
    return exchange;
  }
  int status(const std::string& target, const char* node = kNode) {
    return ask(target, node)->replied.status;
  }
  template <typename Change>
  void change(Change change) {
    std::lock_guard lock(mutex_);
    change();
    released_.notify_all();
  }

  testing_support::ManualClock clock_;
  FakeLists home_api_;
  FakeLists provider_api_;
  mutable std::mutex mutex_;
  std::condition_variable_any released_;
  bool stalls_ = false;
  int at_once_ = 0;
  int most_at_once_ = 0;
  std::string cpu_ = "250m";
  fs::path folder_;
  std::unique_ptr<LogSpool> spool_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<Home> home_;
  RemoteClusters clusters_;
  std::shared_ptr<RemoteCluster> cluster_;
  std::unique_ptr<ClientCa> ca_;
  std::unique_ptr<KubeletAccess> access_;
  std::unique_ptr<ResourceMetrics> metrics_;
  std::unique_ptr<KubeletHandler> handler_;
};

TEST_F(Handler, ATokenIsReadAsKubernetesReadsIt) {
  for (const char* value : {"Bearer good", "bearer good", "BEARER good"}) {
    EXPECT_EQ(ask("/healthz", kNode, {{"authorization", value}})->replied.status, 200) << value;
  }
  for (const char* value : {"good", "Basic good", "Bearer", "Bearer ", "Bearer bad", ""}) {
    EXPECT_EQ(ask("/healthz", kNode, {{"Authorization", value}})->replied.status, 401) << value;
  }
}

TEST_F(Handler, EachNodeServesItsOwnPodsAndTheirOwnContainers) {
  EXPECT_EQ(ask("/containerLogs/team/one/main")->forwarded,
            "/api/v1/namespaces/neoburst/pods/twin-1/log?container=main");
  EXPECT_EQ(ask("/containerLogs/team/one/setup")->replied.status, 0) << "it goes to the provider, too";
  EXPECT_EQ(status("/containerLogs/team/one/main", kOtherNode), 404) << "of another node";
  EXPECT_EQ(status("/containerLogs/team/one/ours"), 404) << "in the twin, and not the pod's";
  EXPECT_EQ(status("/containerLogs/team/nobody/main"), 404);
  EXPECT_EQ(status("/containerLogs/other/one/main"), 404);
}

TEST_F(Handler, AUidThatIsNotThePodsIsNotThere) {
  const auto attach = [&](const std::string& uid) {
    auto asked = std::make_shared<FakeExchange>("/attach/team/one/" + uid + "/main?output=1",
                                                net::Headers{{"Authorization", "Bearer good"}}, true);
    handler_->handle(kNode, asked);
    return asked;
  };
  EXPECT_EQ(attach(kEndedUid)->replied.status, 404);
  EXPECT_NE(attach(kUid)->forwarded.find("/pods/twin-1/attach?"), std::string::npos);
}

TEST_F(Handler, AKeptLogIsCutAsAsked) {
  const std::string target = "/containerLogs/team/ended/main";
  EXPECT_EQ(status(target), 404) << "nothing is kept yet";
  ASSERT_TRUE(spool_->save(
      kEndedUid, "main",
      base::format_time(clock_.now() - 1h) + " long ago\n" + base::format_time(clock_.now()) + " now\n"));
  EXPECT_EQ(ask(target)->replied.body, "long ago\nnow\n");
  EXPECT_EQ(ask(target + "?sinceSeconds=60")->replied.body, "now\n");
  EXPECT_EQ(ask(target + "?sinceSeconds=9223372036854775807")->replied.body, "long ago\nnow\n");
  EXPECT_EQ(ask(target + "?tailLines=1")->replied.body, "now\n");
  EXPECT_EQ(status(target + "?stream=All"), 200);
  EXPECT_EQ(status(target + "?stream=Stdout"), 400) << "what came from where is not known any more";
  EXPECT_EQ(status(target + "?previous=true"), 404);
  EXPECT_EQ(status("/containerLogs/team/ended/other"), 404);
}

TEST_F(Handler, UsageIsThatOfThePodsOwnContainers) {
  const std::string text = ask("/metrics/resource")->replied.body;
  const std::string labels = R"(,namespace="team",pod="one"})";
  EXPECT_NE(text.find("container_cpu_usage_seconds_total{container=\"main\"" + labels), std::string::npos);
  EXPECT_NE(text.find("container_start_time_seconds{container=\"setup\"" + labels), std::string::npos)
      << "a sidecar is an init container";
  EXPECT_EQ(text.find("ours"), std::string::npos);
  EXPECT_EQ(ask("/metrics/resource", kOtherNode)->replied.body.find("container=\""), std::string::npos);
  const json summary = json::parse(ask("/stats/summary")->replied.body);
  EXPECT_EQ(summary["pods"][0]["podRef"]["uid"], kUid);
}

TEST_F(Handler, AMetricsApiThatStallsHoldsNobodyForLong) {
  ASSERT_NE(ask("/metrics/resource")->replied.body.find("container=\"main\""), std::string::npos);
  change([&] { stalls_ = true; });
  clock_.advance(15s);
  const auto begun = std::chrono::steady_clock::now();
  std::vector<std::future<std::string>> asking;
  for (int i = 0; i < 8; ++i) {
    asking.push_back(std::async(std::launch::async, [&] { return ask("/metrics/resource")->replied.body; }));
  }
  for (auto& answer : asking) {
    EXPECT_NE(answer.get().find("container=\"main\""), std::string::npos) << "the last answer there was";
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 4s);
  EXPECT_EQ(most_at_once_, 1);
  change([&] {
    cpu_ = "1";
    stalls_ = false;
  });
  ASSERT_TRUE(wait_until("what was measured then", 20s, [&] {
    return ask("/stats/summary")->replied.body.find("\"usageNanoCores\":1000000000") != std::string::npos;
  }));
}

}  // namespace op::kubelet_handler_test
