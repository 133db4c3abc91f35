#include "net/tls_context.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/system_error.hpp>
#include <ctime>

#include "net/openssl_ptr.h"
#include "net/pem.h"

namespace net {
namespace {

std::unexpected<base::Status> unusable(std::string message) {
  return base::fail(base::Code::kInvalid, std::move(message));
}

base::Result<BioPtr> open_pem(const std::string& pem) {
  if (pem.size() > (16u << 20)) return unusable("PEM text larger than 16 MiB");
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bio) return unusable("no memory for a PEM text");
  return bio;
}

X509Ptr next_certificate(BIO* bio) { return X509Ptr(PEM_read_bio_X509(bio, nullptr, no_password, nullptr)); }

base::Outcome trust_certificates(SSL_CTX* context, const std::string& pem) {
  const auto bio = open_pem(pem);
  if (!bio) return base::fail(bio.error());
  X509_STORE* store = X509_STORE_new();
  if (store == nullptr) return unusable("CA certificates: " + last_tls_error());
  SSL_CTX_set_cert_store(context, store);  // the context owns it now
  int count = 0;
  while (const X509Ptr certificate = next_certificate(bio->get())) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1)
      return unusable("CA certificates: " + last_tls_error());
    ++count;
  }
  if (!at_end_of_pem()) return unusable("CA certificates: " + last_tls_error());
  if (count == 0) return unusable("CA certificates: no certificate in the PEM text");
  // As in Go: every certificate given is an anchor, also an intermediate one or a server's own.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return {};
}

base::Outcome show_certificate(SSL_CTX* context, const std::string& certificate_pem,
                               const std::string& key_pem, const std::string& whose) {
  const auto bio = open_pem(certificate_pem);
  if (!bio) return base::fail(bio.error());
  const X509Ptr leaf = next_certificate(bio->get());
  if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return unusable(whose + " certificate: " + last_tls_error());
  }
  while (X509Ptr issuer = next_certificate(bio->get())) {
    if (SSL_CTX_add0_chain_cert(context, issuer.get()) != 1)
      return unusable(whose + " chain: " + last_tls_error());
    static_cast<void>(issuer.release());  // the context owns it now
  }
  if (!at_end_of_pem()) return unusable(whose + " chain: " + last_tls_error());
  const auto key_bio = open_pem(key_pem);
  if (!key_bio) return base::fail(key_bio.error());
  const KeyPtr key(PEM_read_bio_PrivateKey(key_bio->get(), nullptr, no_password, nullptr));
  if (!key) return unusable(whose + " key: " + last_tls_error());
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1 || SSL_CTX_check_private_key(context) != 1) {
    return unusable(whose + " key does not fit the certificate: " + last_tls_error());
  }
  return {};
}

/// What holds for both ends of a connection.
void set_up_protocol(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  // The shorter key first: a third faster where streams carry much, and no weaker for the life of a stream.
  SSL_CTX_set_ciphersuites(context,
                           "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256");
}

base::Result<TlsContext> make_context(boost::asio::ssl::context::method method) {
  ERR_clear_error();
  try {
    return std::make_shared<boost::asio::ssl::context>(method);
  } catch (const boost::system::system_error& error) {
    return base::fail(base::Code::kUnavailable, "cannot set up TLS: " + std::string(error.what()));
  }
}

/// Picks http/1.1 when the client offers it, and goes on without ALPN when it does not.
int select_protocol(SSL*, const unsigned char** out, unsigned char* length, const unsigned char* in,
                    unsigned int in_length, void*) {
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, length, kHttp11, sizeof kHttp11 - 1, in, in_length) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

std::string last_tls_error() {
  const unsigned long error = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = error == 0 ? nullptr : ERR_reason_error_string(error);
  return reason == nullptr ? "unknown TLS error" : reason;
}

base::Outcome set_up_client_tls(SSL_CTX* context, const TlsOptions& options) {
  ERR_clear_error();
  set_up_protocol(context);
  static constexpr unsigned char kHttp11[] = "\x08http/1.1";
  SSL_CTX_set_alpn_protos(context, kHttp11, sizeof kHttp11 - 1);
  SSL_CTX_set_verify(context, options.insecure_skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  if (options.ca_pem.empty()) {
    SSL_CTX_set_default_verify_paths(context);
  } else if (auto trusted = trust_certificates(context, options.ca_pem); !trusted) {
    return base::fail(std::move(trusted.error()));
  }
  if (options.certificate_pem.empty() != options.key_pem.empty()) {
    return unusable("client certificate and key must come together");
  }
  if (!options.certificate_pem.empty()) {
    auto shown = show_certificate(context, options.certificate_pem, options.key_pem, "client");
    if (!shown) return base::fail(std::move(shown.error()));
  }
  return {};
}

base::Result<TlsContext> make_client_tls(const TlsOptions& options) {
  auto made = make_context(boost::asio::ssl::context::tls_client);
  if (!made) return made;
  if (auto set_up = set_up_client_tls((*made)->native_handle(), options); !set_up) {
    return base::fail(std::move(set_up.error()));
  }
  return made;
}

base::Result<TlsContext> make_server_tls(const std::string& certificate_pem, const std::string& key_pem) {
  auto made = make_context(boost::asio::ssl::context::tls_server);
  if (!made) return made;
  SSL_CTX* context = (*made)->native_handle();
  set_up_protocol(context);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, nullptr);
  auto shown = show_certificate(context, certificate_pem, key_pem, "server");
  if (!shown) return base::fail(std::move(shown.error()));
  return made;
}

void ask_for_certificates(const TlsContext& context) {
  SSL_CTX* raw = context->native_handle();
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(
      raw, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET);
  SSL_CTX_set_num_tickets(raw, 0);
}

std::string client_chain_pem(SSL* ssl) {
  const X509Ptr leaf(SSL_get1_peer_certificate(ssl));
  const BioPtr bio(BIO_new(BIO_s_mem()));
  if (!leaf || !bio || PEM_write_bio_X509(bio.get(), leaf.get()) != 1) return {};
  STACK_OF(X509)* issuers = SSL_get_peer_cert_chain(ssl);  // without the leaf, on a server
  for (int i = 0; i < sk_X509_num(issuers); ++i) {
    if (PEM_write_bio_X509(bio.get(), sk_X509_value(issuers, i)) != 1) return {};
  }
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return size > 0 ? std::string(text, static_cast<std::size_t>(size)) : std::string();
}

base::Result<base::Time> certificate_not_after(const std::string& pem) {
  const auto bio = open_pem(pem);
  if (!bio) return base::fail(bio.error());
  const X509Ptr certificate = next_certificate(bio->get());
  std::tm broken_down{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &broken_down) != 1) {
    return unusable("certificate: " + last_tls_error());
  }
  return base::Time(std::chrono::seconds(::timegm(&broken_down)));
}

}  // namespace net
