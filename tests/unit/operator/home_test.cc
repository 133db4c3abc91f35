#include "operator/home/home.h"

#include <gtest/gtest.h>

#include "support/scripted_server.h"
#include "support/wait.h"

// Home against an API server that serves only the kinds a test starts.

namespace op::home_test {

using testing_support::Close;
using testing_support::ReadRequest;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;
using testing_support::Stall;

constexpr std::chrono::seconds kDeadline{20};

std::string object(const std::string& meta, const std::string& spec) {
  return R"({"metadata":{)" + meta + R"(},"spec":)" + spec + "}";
}
/// A list of one object.
Script listed(const std::string& item) {
  const std::string body = R"({"metadata":{"resourceVersion":"10"},"items":[)" + item + "]}";
  return {ReadRequest{},
          Send{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body},
          Close{}};
}
const std::string kStreamHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
const Script kSilentWatch = {ReadRequest{}, Send{kStreamHead}, Stall{}};
/// A watch that reports one change once the test says so.
Script watch_of(const std::string& changed) {
  const std::string line = R"({"type":"MODIFIED","object":)" + changed + "}\n";
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", line.size());
  return {ReadRequest{}, Send{kStreamHead}, Stall{}, Send{size + line + "\r\n"}, Stall{}};
}

class HomeTest : public testing::Test {
 protected:
  void run(std::vector<Script> scripts, HomeSettings settings = {}) {
    server_ = std::make_unique<ScriptedServer>(std::move(scripts));
    kube::ClientConfig config;
    config.endpoint = *net::parse_endpoint(server_->url());
    client_ = *kube::Client::make(config, "test/1");
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test");
    home_ = std::make_unique<Home>(*client_, base::system_clock(), *events_, "id", std::move(settings));
  }
  void TearDown() override {
    if (home_) home_->stop();
    if (client_) client_->stop();
  }
  template <typename Informer>
  void start(Informer& informer) {
    informer.start();
    ASSERT_TRUE(testing_support::wait_until("the first list", kDeadline, [&] { return informer.synced(); }));
  }

  std::unique_ptr<ScriptedServer> server_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<Home> home_;
};

std::string provider(const std::string& version, const std::string& profile) {
  return object(R"("name":"acme","uid":"u","resourceVersion":")" + version + "\"",
                R"({"kubeconfigSecretRef":{"name":"s"},"profile":")" + profile + "\"}");
}

TEST_F(HomeTest, AProviderIsPutUnderItsProfileOncePerVersion) {
  run({listed(provider("3", "coreweave")), watch_of(provider("11", "no-such"))});
  EXPECT_EQ(home_->provider("acme"), nullptr) << "nothing is known yet";
  start(home_->providers);
  const auto first = home_->provider("acme");
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->facts) << first->problem;
  EXPECT_EQ(first->facts->name, "coreweave");
  EXPECT_EQ(first->jurisdiction, "US");
  EXPECT_EQ(home_->provider("acme"), first) << "the overlay is not made anew";
  EXPECT_EQ(home_->all_providers().at(0), first);
  EXPECT_EQ(home_->provider("other"), nullptr);

  server_->release();
  ASSERT_TRUE(testing_support::wait_until("the changed provider", kDeadline,
                                          [&] { return home_->provider("acme") != first; }));
  const auto changed = home_->provider("acme");
  EXPECT_EQ(changed->facts, nullptr);
  EXPECT_TRUE(changed->problem.starts_with("spec.profile: \"no-such\" is not one of")) << changed->problem;
  EXPECT_EQ(home_->provider("acme"), changed);
  EXPECT_TRUE(first->facts) << "who holds the old one keeps it whole";
}

const std::string kClaim =
    object(R"("name":"train","namespace":"lab","uid":"u","resourceVersion":"3")", "{}");

TEST_F(HomeTest, AClaimIsJudgedUnderTheConfigurationOfTheMoment) {
  run({listed(kClaim), kSilentWatch,
       listed(
           object(R"("name":"cluster","uid":"c","resourceVersion":"5")",
                  R"({"stopSpending":true,"stopReason":"audit","ceiling":{"amount":"5","period":"Day"}})")),
       kSilentWatch});
  start(home_->claims);
  ASSERT_TRUE(server_->wait_for_requests(2));
  const auto before = home_->claim({"lab", "train"});
  ASSERT_TRUE(before);
  EXPECT_EQ(before->stopped, "");
  EXPECT_FALSE(before->rules.ceiling);
  EXPECT_EQ(home_->claim({"lab", "other"}), nullptr);
  EXPECT_EQ(home_->config(), nullptr);

  start(home_->configs);
  const auto after = home_->claim({"lab", "train"});
  ASSERT_TRUE(after);
  EXPECT_EQ(after->stopped, "new spending is stopped by NeoburstConfig cluster: audit");
  ASSERT_TRUE(after->rules.ceiling);
  EXPECT_EQ(after->rules.ceiling->amount.micros, 5'000'000);
  EXPECT_EQ(home_->all_claims().at(0)->stopped, after->stopped);
}

TEST_F(HomeTest, TheOptionStopsSpendingWithoutAConfiguration) {
  run({listed(kClaim), kSilentWatch}, HomeSettings{.stop_spending = true});
  start(home_->claims);
  EXPECT_EQ(home_->claim({"lab", "train"})->stopped,
            "new spending is stopped by the operator's option --stop-spending");
  EXPECT_EQ(home_->claims.store().get({"lab", "train"})->stopped, "") << "the informer has what is written";
}

}  // namespace op::home_test
