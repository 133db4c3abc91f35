#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "net/http_client.h"
#include "net/http_server.h"
#include "support/test_certificates.h"

namespace tls_test {

using base::Code;
using testing_support::CertificateOrder;
using testing_support::Issued;
using testing_support::TestAuthority;

const TestAuthority& authority() {
  static const TestAuthority ca("Test CA");
  return ca;
}

std::unique_ptr<net::HttpServer> serve(const CertificateOrder& order) {
  const Issued issued = authority().issue(order);
  auto server = net::start_http_server(
      {.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem},
      [](const net::ServerRequest& request) { return net::ServerReply{.body = std::string(request.body)}; });
  return std::move(server.value());
}

base::Result<net::HttpResponse> ask(std::uint16_t port, net::TlsOptions tls,
                                    const std::string& host = "127.0.0.1") {
  auto client = net::make_http_client(
      {.endpoint = {.tls = true, .host = host, .port = port, .path_prefix = ""}, .tls = std::move(tls)});
  if (!client) return base::fail(client.error());
  return (*client)->send({.method = "PUT", .body = "hello"}, {});
}

const CertificateOrder kGood{.alt_names = "DNS:localhost,DNS:api.example,IP:127.0.0.1"};

TEST(Tls, GoodCertificatesAreAccepted) {
  const auto server = serve(kGood);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto reply = ask(server->port(), {.ca_pem = authority().ca_pem()}, host);
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->body, "hello");
  }
  const net::TlsOptions renamed{.ca_pem = authority().ca_pem(), .server_name = "api.example"};
  EXPECT_TRUE(ask(server->port(), renamed));
}

TEST(Tls, LargeBodiesPassBothWays) {
  const auto server = serve(kGood);
  auto client = net::make_http_client(
      {.endpoint = {.tls = true, .host = "127.0.0.1", .port = server->port(), .path_prefix = ""},
       .tls = {.ca_pem = authority().ca_pem()}});
  ASSERT_TRUE(client);
  const std::string body(3'000'000, 'x');
  for (int i = 0; i < 3; ++i) {
    const auto reply = (*client)->send({.method = "PUT", .body = body}, {});
    ASSERT_TRUE(reply) << reply.error().text();
    EXPECT_EQ(reply->body, body);
  }
}

TEST(Tls, BadCertificatesAreRefusedWithTheReason) {
  const std::string ca = authority().ca_pem();
  const CertificateOrder expired{.alt_names = kGood.alt_names, .valid_from = -7200, .valid_until = -3600};
  const CertificateOrder future{.alt_names = kGood.alt_names, .valid_from = 3600, .valid_until = 7200};
  const TestAuthority stranger("Another CA");
  const struct {
    const char* what;
    CertificateOrder order;
    net::TlsOptions tls;
    const char* host;
    const char* reason;
  } cases[] = {
      {"wrong name", {.alt_names = "DNS:other.example"}, {.ca_pem = ca}, "localhost", "not for localhost"},
      {"wrong address", {.alt_names = "IP:10.0.0.1"}, {.ca_pem = ca}, "127.0.0.1", "not for 127.0.0.1"},
      {"wrong override", kGood, {.ca_pem = ca, .server_name = "x.example"}, "127.0.0.1", "not for x.example"},
      {"expired", expired, {.ca_pem = ca}, "127.0.0.1", "certificate has expired"},
      {"not yet", future, {.ca_pem = ca}, "127.0.0.1", "not yet valid"},
      {"unknown CA", kGood, {.ca_pem = stranger.ca_pem()}, "127.0.0.1", "unable to get local issuer"},
      {"machine's trust store", kGood, {}, "127.0.0.1", "unable to get local issuer"},
  };
  for (const auto& c : cases) {
    const auto server = serve(c.order);
    const auto reply = ask(server->port(), c.tls, c.host);
    ASSERT_FALSE(reply) << c.what;
    EXPECT_EQ(reply.error().code, Code::kUnavailable) << c.what;
    EXPECT_NE(reply.error().message.find(c.reason), std::string::npos)
        << c.what << ": " << reply.error().message;
  }
}

TEST(Tls, SkippingVerificationAcceptsAnything) {
  const auto server = serve({.alt_names = "DNS:other.example", .valid_from = -7200, .valid_until = -3600});
  EXPECT_TRUE(ask(server->port(), {.insecure_skip_verify = true}));
}

TEST(Tls, AServersOwnCertificateCanBeTheAnchor) {
  const Issued issued = authority().issue(kGood);
  const auto server =
      net::start_http_server({.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem},
                             [](const net::ServerRequest&) { return net::ServerReply{}; });
  ASSERT_TRUE(server);
  EXPECT_TRUE(ask((*server)->port(), {.ca_pem = issued.certificate_pem}));
}

TEST(Tls, BrokenPemIsInvalidAndNamed) {
  const Issued one = authority().issue({});
  const Issued other = authority().issue({});
  const std::string cut = one.certificate_pem.substr(0, one.certificate_pem.size() / 2);
  const struct {
    net::TlsOptions tls;
    const char* reason;
  } cases[] = {
      {{.ca_pem = "nonsense"}, "CA certificates"},
      {{.ca_pem = one.certificate_pem + cut}, "CA certificates"},
      {{.certificate_pem = one.certificate_pem}, "together"},
      {{.certificate_pem = "x", .key_pem = one.key_pem}, "client certificate"},
      {{.certificate_pem = one.certificate_pem, .key_pem = "x"}, "client key"},
      {{.certificate_pem = one.certificate_pem, .key_pem = other.key_pem}, "does not fit"},
  };
  for (const auto& c : cases) {
    const auto reply = ask(1, c.tls);
    ASSERT_FALSE(reply) << c.reason;
    EXPECT_EQ(reply.error().code, Code::kInvalid) << c.reason;
    EXPECT_NE(reply.error().message.find(c.reason), std::string::npos) << reply.error().message;
    EXPECT_EQ(reply.error().message.find("-----"), std::string::npos);
  }
}

TEST(Tls, ExpiredClientCertificateIsUnauthenticated) {
  const auto server = serve(kGood);
  const Issued mine = authority().issue({.valid_from = -7200, .valid_until = -3600});
  const auto reply =
      ask(server->port(),
          {.ca_pem = authority().ca_pem(), .certificate_pem = mine.certificate_pem, .key_pem = mine.key_pem});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnauthenticated);
  EXPECT_NE(reply.error().message.find("expired at 20"), std::string::npos) << reply.error().message;
}

/// Accepts one TLS connection that must show a certificate, and answers with the name on it.
class AskingServer {
 public:
  AskingServer() {
    const Issued issued = authority().issue(kGood);
    context_ = SSL_CTX_new(TLS_server_method());
    BIO* certificate_bio = BIO_new_mem_buf(issued.certificate_pem.data(), -1);
    X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
    BIO* key_bio = BIO_new_mem_buf(issued.key_pem.data(), -1);
    EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
    BIO* ca_bio = BIO_new_mem_buf(authority().ca_pem().data(), -1);
    X509* ca = PEM_read_bio_X509(ca_bio, nullptr, nullptr, nullptr);
    EXPECT_EQ(SSL_CTX_use_certificate(context_, certificate), 1);
    EXPECT_EQ(SSL_CTX_use_PrivateKey(context_, key), 1);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), ca);
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    X509_free(ca);
    BIO_free(ca_bio);
    EVP_PKEY_free(key);
    BIO_free(key_bio);
    X509_free(certificate);
    BIO_free(certificate_bio);
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listener_, generic, size), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    ::getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve_one(); });
  }
  ~AskingServer() {
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  std::uint16_t port() const { return port_; }

 private:
  void serve_one() {
    const int fd = ::accept(listener_, nullptr, nullptr);
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, fd);
    std::array<char, 4096> in{};
    if (SSL_accept(ssl) == 1 && SSL_read(ssl, in.data(), static_cast<int>(in.size())) > 0) {
      X509* peer = SSL_get1_peer_certificate(ssl);
      std::array<char, 256> name{};
      X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name.data(),
                                static_cast<int>(name.size()));
      X509_free(peer);
      const std::string reply = "HTTP/1.1 200 OK\r\n\r\n" + std::string(name.data());
      SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
      SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    ::close(fd);
  }

  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

TEST(Tls, ShowsTheClientCertificate) {
  AskingServer server;
  const Issued mine = authority().issue({.common_name = "operator"});
  const auto reply =
      ask(server.port(),
          {.ca_pem = authority().ca_pem(), .certificate_pem = mine.certificate_pem, .key_pem = mine.key_pem});
  ASSERT_TRUE(reply) << reply.error().text();
  EXPECT_EQ(reply->body, "operator");
}

TEST(Tls, AClientCertificateTheServerRefusesIsUnavailable) {
  AskingServer server;
  const auto reply = ask(server.port(), {.ca_pem = authority().ca_pem()});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kUnavailable);
}

}  // namespace tls_test
