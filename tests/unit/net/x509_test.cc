#include "net/x509.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "net/tls_context.h"
#include "support/test_certificates.h"

namespace net::x509_test {

using base::Code;
using std::chrono::hours;
using testing_support::TestAuthority;

base::Time now() { return base::system_clock().now(); }

CertificateOrder serving(std::vector<std::string> addresses = {"127.0.0.1", "fd00::1"}) {
  return {.subject = {.common_name = "system:node:neoburst-a", .organizations = {"system:nodes"}},
          .addresses = std::move(addresses)};
}

/// What OpenSSL's own printer says about a request: a second opinion.
std::string printed_request(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const std::unique_ptr<X509_REQ, decltype(&X509_REQ_free)> request(
      PEM_read_bio_X509_REQ(in.get(), nullptr, nullptr, nullptr), X509_REQ_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  if (!request || X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())) != 1 ||
      X509_REQ_print(out.get(), request.get()) != 1) {
    return "no request, or not signed by its key";
  }
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

TEST(X509, ARequestHoldsWhatItIsOrderedFor) {
  const auto key = make_private_key();
  ASSERT_TRUE(key);
  const auto request = make_signing_request(serving(), *key);
  ASSERT_TRUE(request) << request.error().text();
  const std::string text = printed_request(*request);
  EXPECT_NE(text.find("Subject: O=system:nodes, CN=system:node:neoburst-a"), std::string::npos) << text;
  EXPECT_NE(text.find("IP Address:127.0.0.1, IP Address:FD00:0:0:0:0:0:0:1"), std::string::npos) << text;
  EXPECT_EQ(text.find("DNS:"), std::string::npos) << text;
}

TEST(X509, ANameOfMoreThan64CharactersIsTakenWhole) {
  const auto key = make_private_key();
  ASSERT_TRUE(key);
  CertificateOrder order = serving();
  order.subject.common_name = "system:node:neoburst-" + std::string(100, 'x');
  const auto request = make_signing_request(order, *key);
  ASSERT_TRUE(request) << request.error().text();
  EXPECT_NE(printed_request(*request).find("CN=" + order.subject.common_name), std::string::npos);
}

TEST(X509, KeysAreFreshAndOfNoMessage) {
  const auto one = make_private_key();
  const auto other = make_private_key();
  ASSERT_TRUE(one && other);
  EXPECT_NE(*one, *other);
  EXPECT_TRUE(one->starts_with("-----BEGIN PRIVATE KEY-----"));
  const auto broken = make_signing_request(serving(), one->substr(0, one->size() / 2));
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kInvalid);
  EXPECT_EQ(broken.error().message.find(one->substr(40, 20)), std::string::npos);
}

TEST(X509, OnlyAddressesAreOrdered) {
  const auto key = make_private_key();
  ASSERT_TRUE(key);
  for (const char* bad : {"localhost", "127.0.0.1,DNS:kubernetes", "", "1.2.3", "IP:10.0.0.1"}) {
    const auto request = make_signing_request(serving({bad}), *key);
    ASSERT_FALSE(request) << bad;
    EXPECT_EQ(request.error().code, Code::kInvalid);
  }
  EXPECT_FALSE(make_self_signed(serving({}), *key, now(), hours(1)));
}

TEST(X509, ASelfSignedCertificateServesTls) {
  const auto key = make_private_key();
  ASSERT_TRUE(key);
  const base::Time made = now();
  const auto certificate = make_self_signed(serving(), *key, made, hours(24));
  ASSERT_TRUE(certificate) << certificate.error().text();
  EXPECT_TRUE(make_server_tls(*certificate, *key));
  EXPECT_TRUE(check_key_pair(*certificate, *key));
  const auto life = certificate_life(*certificate);
  ASSERT_TRUE(life);
  EXPECT_EQ(life->not_before, std::chrono::floor<std::chrono::seconds>(made - hours(1)));
  EXPECT_EQ(life->not_after, std::chrono::floor<std::chrono::seconds>(made + hours(24)));
}

TEST(X509, AForeignKeyIsFound) {
  const auto key = make_private_key();
  const auto other = make_private_key();
  ASSERT_TRUE(key && other);
  const auto certificate = make_self_signed(serving(), *key, now(), hours(1));
  ASSERT_TRUE(certificate);
  const auto wrong = check_key_pair(*certificate, *other);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message, "the key is not that of the certificate");
  EXPECT_FALSE(check_key_pair("no PEM", *key));
  EXPECT_FALSE(check_key_pair(*certificate, "no PEM"));
  EXPECT_FALSE(certificate_life("no PEM"));
}

TEST(X509, AClientIsWhoItsAuthoritySays) {
  const TestAuthority ca("Clients");
  const TestAuthority next_ca("Clients, rotated");
  const auto client = ca.issue({.common_name = "kube-apiserver-kubelet-client",
                                .organizations = {"system:masters", "ops"},
                                .usage = "clientAuth"});
  const std::string bundle = next_ca.ca_pem() + ca.ca_pem();
  const auto subject = verify_client_certificate(client.certificate_pem, bundle, now());
  ASSERT_TRUE(subject) << subject.error().text();
  EXPECT_EQ(subject->common_name, "kube-apiserver-kubelet-client");
  EXPECT_EQ(subject->organizations, (std::vector<std::string>{"system:masters", "ops"}));
}

TEST(X509, AClientThatCannotProveItIsNobody) {
  const TestAuthority ca("Clients");
  const TestAuthority foreign("Somebody else");
  const struct {
    const char* what;
    std::string chain;
    base::Time at;
  } cases[] = {
      {"foreign authority", foreign.issue({.usage = "clientAuth"}).certificate_pem, now()},
      {"same name, other key", TestAuthority("Clients").issue({}).certificate_pem, now()},
      {"a server's", ca.issue({.usage = "serverAuth"}).certificate_pem, now()},
      {"expired", ca.issue({.valid_until = -60}).certificate_pem, now()},
      {"expired by now", ca.issue({}).certificate_pem, now() + hours(2)},
      {"not yet", ca.issue({.valid_from = 600}).certificate_pem, now()},
      {"not PEM", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", now()},
      {"nothing", "", now()},
      // The authority behind a foreign leaf makes it no more trusted.
      {"padded", foreign.issue({}).certificate_pem + ca.ca_pem(), now()},
  };
  for (const auto& c : cases) {
    const auto subject = verify_client_certificate(c.chain, ca.ca_pem(), c.at);
    ASSERT_FALSE(subject) << c.what;
    EXPECT_EQ(subject.error().code, Code::kUnauthenticated) << c.what;
  }
  // As in Go, a certificate of the bundle that cannot be parsed takes nothing from the others.
  const std::string broken = "-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n";
  const std::string empty = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const std::string cut = "-----BEGIN CERTIFICATE-----\nAAAA\n";
  for (const std::string& bundle : {broken + ca.ca_pem(), empty + ca.ca_pem() + broken, ca.ca_pem() + cut}) {
    const auto known =
        verify_client_certificate(ca.issue({.usage = "clientAuth"}).certificate_pem, bundle, now());
    EXPECT_TRUE(known) << known.error().text() << "\n" << bundle;
  }
  EXPECT_FALSE(verify_client_certificate(ca.issue({.usage = "clientAuth"}).certificate_pem, broken, now()));
  const auto no_ca = verify_client_certificate(ca.issue({}).certificate_pem, "garbage", now());
  ASSERT_FALSE(no_ca);
  EXPECT_EQ(no_ca.error().code, Code::kInvalid);
}

}  // namespace net::x509_test
