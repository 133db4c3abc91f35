#include "operator/kubelet/kubelet_api.h"

#include <gtest/gtest.h>

#include <atomic>
#include <latch>
#include <thread>

#include "net/http_server.h"
#include "support/tls_peer.h"
#include "support/wait.h"

// The ports of burst nodes in front of a home API server that a test plays.

namespace op::kubelet_api_test {

using namespace std::chrono_literals;
using testing_support::TlsPeer;
using testing_support::wait_until;

constexpr const char* kNode = "neoburst-a";

class KubeletApiTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server = net::start_http_server(
        {.threads = 4}, [this](const net::ServerRequest& request) { return answer(request); });
    ASSERT_TRUE(server);
    server_ = std::move(*server);
    kube::ClientConfig config;
    config.endpoint = *net::parse_endpoint("http://127.0.0.1:" + std::to_string(server_->port()));
    client_ = *kube::Client::make(config, "test/1");
    events_ = std::make_unique<kube::EventRecorder>(*client_, "test", "test");
    home_ = std::make_unique<Home>(*client_, base::system_clock(), *events_, "id");
    api_ = std::make_unique<KubeletApi>(*home_, clusters_, spool_, KubeletOptions{},
                                        ServingOptions{.self_signed_after = 0ms});
    api_->start();
    const auto endpoint = api_->endpoint(kNode, 0);
    ASSERT_TRUE(endpoint);
    port_ = endpoint->port;
    ASSERT_TRUE(wait_until("it has a certificate", 20s, [&] { return TlsPeer::connect(port_)->open(); }));
  }
  void TearDown() override {
    answers_.count_down();
    if (api_) api_->stop();
    if (client_) client_->stop();
  }
  /// Nobody is judged before the test ends.
  net::ServerReply answer(const net::ServerRequest& request) {
    if (request.target.find("tokenreviews") != std::string_view::npos) {
      ++asked_;
      answers_.wait();
    }
    return {.status = 503, .content_type = "application/json", .body = "{}"};
  }

  std::latch answers_{1};
  std::atomic<int> asked_{0};
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<kube::EventRecorder> events_;
  std::unique_ptr<Home> home_;
  RemoteClusters clusters_;
  LogSpool spool_{""};
  std::unique_ptr<KubeletApi> api_;
  std::uint16_t port_ = 0;
};

TEST_F(KubeletApiTest, TheEndDoesNotWaitForTheHomeApiServer) {
  const auto client = TlsPeer::connect(port_);
  client->write("GET /healthz HTTP/1.1\r\nHost: node\r\nAuthorization: Bearer somebody\r\n\r\n");
  ASSERT_TRUE(wait_until("the API server is asked", 20s, [&] { return asked_ == 1; }));
  const auto before = std::chrono::steady_clock::now();
  api_->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

}  // namespace op::kubelet_api_test
