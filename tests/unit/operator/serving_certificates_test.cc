#include "operator/certificates/serving_certificates.h"

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "net/http_server.h"
#include "net/stream_server.h"
#include "net/x509.h"
#include "operator/certificates/signing_request.h"
#include "operator/kubelet/kubelet_ports.h"
#include "operator/options.h"
#include "support/test_certificates.h"
#include "support/wait.h"

// Certificates from an API server with scripted answers: refusals, missing rights, a Secret that
// rotates. A real one signs in tests/integration/kubelet_access_test.cc.

namespace op::serving_certificates_test {

using nlohmann::json;
using namespace std::chrono_literals;

SigningOrder order() { return {.node = "neoburst-a", .signer = "example.com/serving", .request_pem = "PEM"}; }

json conditions(std::initializer_list<json> list) { return {{"status", {{"conditions", list}}}}; }

TEST(SigningRequest, AsksForExactlyWhatAKubeletMay) {
  const json object = signing_request_object(order());
  EXPECT_EQ(object["metadata"], (json{{"name", "neoburst-a-serving"}}));
  EXPECT_EQ(object["spec"], (json{{"signerName", "example.com/serving"},
                                  {"request", base::encode_base64("PEM")},
                                  {"usages", {"digital signature", "server auth"}}}));
}

TEST(SigningRequest, OnlyTheOneWeOrderedIsApproved) {
  EXPECT_TRUE(is_ordered(signing_request_object(order()), order()));
  for (const auto& [field, value] :
       std::map<std::string, json>{{"signerName", "kubernetes.io/kube-apiserver-client"},
                                   {"request", base::encode_base64("another key")},
                                   {"usages", {"digital signature", "server auth", "client auth"}}}) {
    json other = signing_request_object(order());
    other["spec"][field] = value;
    EXPECT_FALSE(is_ordered(other, order())) << field;
  }
  EXPECT_FALSE(is_ordered(json("x"), order()));
}

TEST(SigningRequest, ItsAnswerIsReadWhateverIsWrittenThere) {
  using State = SigningAnswer::State;
  const struct {
    const char* what;
    json object;
    State state;
    const char* message;
  } cases[] = {
      {"fresh", json::object(), State::kPending, "waits for approval"},
      {"approved", conditions({{{"type", "Approved"}, {"status", "True"}}}), State::kPending,
       "approved; signer  has not signed it yet"},
      {"denied",
       conditions({{{"type", "Denied"}, {"status", "True"}, {"reason", "No"}, {"message", "not here"}}}),
       State::kRefused, "denied: No: not here"},
      {"failed",
       conditions({{{"type", "Approved"}, {"status", "True"}},
                   {{"type", "Failed"}, {"status", "True"}, {"reason", "SignerValidationFailure"}}}),
       State::kRefused, "the signer failed: SignerValidationFailure"},
      {"not denied", conditions({{{"type", "Denied"}, {"status", "False"}}}), State::kPending,
       "waits for approval"},
      {"garbage",
       {{"status", {{"conditions", 3}, {"certificate", "%"}}}},
       State::kPending,
       "waits for approval"},
      {"issued", {{"status", {{"certificate", base::encode_base64("CERT")}}}}, State::kIssued, ""},
  };
  for (const auto& c : cases) {
    const SigningAnswer answer = answer_of(c.object);
    EXPECT_EQ(answer.state, c.state) << c.what;
    EXPECT_EQ(answer.message, c.message) << c.what;
  }
}

/// The signing part of an API server, and a Secret.
class Signer {
 public:
  net::ServerReply answer(const net::ServerRequest& request) {
    std::lock_guard lock(mutex_);
    if (request.target.find("/secrets/") != std::string_view::npos) {
      ++secret_reads_;
      return object(secret_);
    }
    if (request.method == "POST") return create(json::parse(request.body));
    if (request.method == "GET") return object(request_);
    if (request.method == "DELETE") {
      request_ = nullptr;
      ++deleted_;
      return {.body = "{}"};
    }
    if (!may_approve_) return {.status = 403, .body = R"({"message":"no right to approve"})"};
    const json body = json::parse(request.body);
    request_["status"] = body.at("status");
    if (deny_)
      request_["status"]["conditions"] = {{{"type", "Denied"}, {"status", "True"}, {"reason", "No"}}};
    return object(request_);
  }
  static net::ServerReply object(const json& object) {
    if (object.is_null()) return {.status = 404, .body = "{}"};
    return {.body = object.dump()};
  }
  net::ServerReply create(json created) {
    if (!may_create_) return {.status = 403, .body = "{}"};
    created["metadata"]["uid"] = "u" + std::to_string(++created_);
    request_ = std::move(created);
    return object(request_);
  }
  template <typename Change>
  void change(Change change) {
    std::lock_guard lock(mutex_);
    change(*this);
  }

  bool may_create_ = true;
  bool may_approve_ = true;
  bool deny_ = false;
  int created_ = 0;
  int deleted_ = 0;
  int secret_reads_ = 0;
  json request_;
  json secret_;

 private:
  std::mutex mutex_;
};

class Serving : public testing::Test {
 protected:
  void SetUp() override {
    auto server = net::start_http_server(
        {}, [this](const net::ServerRequest& request) { return signer_.answer(request); });
    ASSERT_TRUE(server);
    server_ = std::move(*server);
    kube::ClientConfig config;
    config.endpoint = *net::parse_endpoint("http://127.0.0.1:" + std::to_string(server_->port()));
    client_ = *kube::Client::make(config, "test/1");
  }
  void TearDown() override {
    if (client_) client_->stop();
    certificates_.reset();
  }
  void start(ServingOptions options) {
    certificates_ = std::make_unique<ServingCertificates>(*client_, base::system_clock(), std::move(options),
                                                          std::vector<std::string>{"127.0.0.1"});
    certificates_->on_change([this](const std::string& node) { told_ = node; });
    certificates_->start();
  }
  std::shared_ptr<const ServingCertificate> wait_for_certificate() {
    std::shared_ptr<const ServingCertificate> found;
    EXPECT_TRUE(testing_support::wait_until("a certificate", 30s, [&] {
      found = certificates_->current("neoburst-a");
      return found != nullptr;
    }));
    return found;
  }

  Signer signer_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<kube::Client> client_;
  std::unique_ptr<ServingCertificates> certificates_;
  std::string told_;
};

json tls_secret(const testing_support::Issued& issued) {
  return {{"data",
           {{"tls.crt", base::encode_base64(issued.certificate_pem)},
            {"tls.key", base::encode_base64(issued.key_pem)}}}};
}

TEST_F(Serving, WithoutASignerANodeServesByItself) {
  signer_.may_create_ = false;
  start({.self_signed_after = 1ms});
  const auto certificate = wait_for_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->self_signed);
  EXPECT_TRUE(net::check_key_pair(certificate->certificate_pem, certificate->key_pem));
  certificates_.reset();
  EXPECT_EQ(told_, "neoburst-a");
}

TEST_F(Serving, ARequestWaitsForItsApproverAndIsNotMadeTwice) {
  signer_.may_approve_ = false;
  start({.self_signed_after = 1ms});
  ASSERT_TRUE(wait_for_certificate());
  json first;
  ASSERT_TRUE(testing_support::wait_until("a request", 30s, [&] {
    signer_.change([&](Signer& s) { first = s.request_; });
    return !first.is_null();
  }));
  // The request is approved, and the signer fails: only then a new one, for a new key, takes its place.
  signer_.change([](Signer& s) {
    s.request_["status"]["conditions"] = {{{"type", "Approved"}, {"status", "True"}}};
  });
  certificates_.reset();
  EXPECT_EQ(signer_.created_, 1);
  start({.self_signed_after = 1h});
  certificates_->current("neoburst-a");
  ASSERT_TRUE(testing_support::wait_until("the request of the next process", 30s, [&] {
    int created = 0;
    signer_.change([&](Signer& s) { created = s.created_; });
    return created == 2;
  }));
  signer_.change([&](Signer& s) {
    EXPECT_EQ(s.deleted_, 1) << "the earlier one is for a key that nobody has any more";
    EXPECT_NE(s.request_["spec"]["request"], first["spec"]["request"]);
    EXPECT_EQ(s.request_["metadata"]["name"], first["metadata"]["name"]);
  });
}

TEST_F(Serving, ASecretIsServedAndFollowed) {
  const testing_support::TestAuthority ca("Serving");
  const auto first = ca.issue({.common_name = "first"});
  signer_.secret_ = tls_secret(first);
  start({.secret = {"ns", "serving"}, .self_signed_after = 1h});
  const auto certificate = wait_for_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->certificate_pem, first.certificate_pem);
  EXPECT_EQ(certificate->key_pem, first.key_pem);
  EXPECT_FALSE(certificate->self_signed);
  EXPECT_EQ(signer_.created_, 0);
  const auto second = ca.issue({.common_name = "second"});
  signer_.change([&](Signer& s) { s.secret_ = tls_secret(second); });
  EXPECT_TRUE(testing_support::wait_until("the rotated one", 60s, [&] {
    return certificates_->current("neoburst-a")->certificate_pem == second.certificate_pem;
  }));
}

TEST_F(Serving, ADeniedRequestLeavesTheNodeToItselfAndIsNotMadeAnewAtOnce) {
  signer_.deny_ = true;
  start({.self_signed_after = 1ms});
  const auto certificate = wait_for_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->self_signed);
  ASSERT_TRUE(testing_support::wait_until("the denial", 30s, [&] {
    bool denied = false;
    signer_.change([&](Signer& s) { denied = s.request_.contains("status"); });
    return denied;
  }));
  certificates_->current("neoburst-b");  // whose turn comes after that of the first
  ASSERT_TRUE(testing_support::wait_until("the other node's request", 30s, [&] {
    int created = 0;
    signer_.change([&](Signer& s) { created = s.created_; });
    return created >= 2;
  }));
  certificates_.reset();
  EXPECT_EQ(signer_.created_, 2);
}

TEST_F(Serving, OneReadingOfTheSecretServesAllNodes) {
  const testing_support::TestAuthority ca("Serving");
  signer_.secret_ = tls_secret(ca.issue({}));
  start({.secret = {"ns", "serving"}, .self_signed_after = 1h});
  for (const char* node : {"neoburst-a", "neoburst-b", "neoburst-c"}) {
    ASSERT_TRUE(testing_support::wait_until("its certificate", 30s,
                                            [&] { return certificates_->current(node) != nullptr; }));
  }
  certificates_.reset();
  EXPECT_LE(signer_.secret_reads_, 2) << "unless the ten seconds were over on the way";
}

TEST_F(Serving, ANodeThatIsGoneIsNotAskedForAgain) {
  start({.self_signed_after = 1h});
  const auto service = net::StreamService::make({});
  KubeletPorts ports(*service, *certificates_, {}, [](const auto&, auto) {});
  const auto created = [&] {
    int count = 0;
    signer_.change([&](Signer& s) { count = s.created_; });
    return count;
  };
  ASSERT_TRUE(ports.open("neoburst-a"));
  ASSERT_TRUE(testing_support::wait_until("a request", 30s, [&] { return created() == 1; }));
  ports.close("neoburst-a");
  ports.certificate_changed("neoburst-a");
  ASSERT_TRUE(ports.open("neoburst-b"));
  ASSERT_TRUE(testing_support::wait_until("the next node's request", 30s, [&] { return created() >= 2; }));
  ports.close_all();
  certificates_.reset();
  EXPECT_EQ(signer_.created_, 2);
  service->stop();
}

TEST_F(Serving, ASecretOfNoUseLeavesTheNodeToItself) {
  const testing_support::TestAuthority ca("Serving");
  auto mixed = ca.issue({});
  mixed.key_pem = ca.issue({}).key_pem;
  signer_.secret_ = tls_secret(mixed);
  start({.secret = {"ns", "serving"}, .self_signed_after = 1ms});
  const auto certificate = wait_for_certificate();
  ASSERT_TRUE(certificate);
  EXPECT_TRUE(certificate->self_signed);
}

TEST(KubeletOptions, AnAddressThatIsNobodyElsesIsNotPublishedByAPod) {
  for (const char* ip : {"127.0.0.1", "127.9.9.9", "::1"}) {
    KubeletOptions options{.node_ip = ip};
    leave_out_loopback(options);
    EXPECT_EQ(options.node_ip, "") << ip;
  }
  for (const char* ip : {"10.0.0.7", "fd00::7"}) {
    KubeletOptions options{.node_ip = ip};
    leave_out_loopback(options);
    EXPECT_EQ(options.node_ip, ip);
    EXPECT_TRUE(check_node_ip(ip));
  }
  for (const char* bad : {"", "localhost", "10.0.0", "10.0.0.7:443", "[::1]"}) {
    EXPECT_FALSE(check_node_ip(bad)) << bad;
    const char* const given[] = {"neoburst-operator", "--node-ip", bad};
    EXPECT_FALSE(parse_options(3, given).run) << bad;
  }
}

TEST_F(Serving, WithoutAnAddressNoPortIsOpened) {
  start({});
  const auto service = net::StreamService::make({});
  KubeletPorts ports(*service, *certificates_, {.node_ip = ""}, [](const auto&, auto) {});
  EXPECT_EQ(ports.open("neoburst-a"), std::nullopt);
  service->stop();
}

TEST(ServingOptions, AreReadFromTheCommandLine) {
  const char* const given[] = {"neoburst-operator",
                               "--serving-signer",
                               "example.com/s",
                               "--serving-secret",
                               "ns/name",
                               "--log-directory",
                               ""};
  const auto parsed = parse_options(7, given);
  ASSERT_TRUE(parsed.run);
  EXPECT_EQ(parsed.options.serving.signer, "example.com/s");
  EXPECT_EQ(parsed.options.serving.secret, (kube::ObjectKey{"ns", "name"}));
  EXPECT_EQ(parsed.options.log_directory, "");
  for (const char* bad : {"name", "/name", "ns/", "a/b/c", ""}) {
    EXPECT_FALSE(parse_serving_secret(bad)) << bad;
  }
}

}  // namespace op::serving_certificates_test
