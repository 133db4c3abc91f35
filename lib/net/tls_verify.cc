#include "net/tls_verify.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <memory>

#include "net/tls_context.h"

namespace net {
namespace {

bool is_address(const std::string& name) {
  boost::system::error_code error;
  boost::asio::ip::make_address(name, error);
  return !error;
}

}  // namespace

base::Outcome expect_peer(SSL* ssl, const std::string& name) {
  X509_VERIFY_PARAM* parameters = SSL_get0_param(ssl);
  X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool ok = false;
  if (is_address(name)) {
    ok = X509_VERIFY_PARAM_set1_ip_asc(parameters, name.c_str()) == 1;  // RFC 6066: no SNI for addresses
  } else {
    ok = X509_VERIFY_PARAM_set1_host(parameters, name.data(), name.size()) == 1 &&
         SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                  const_cast<char*>(name.c_str())) == 1;  // the macro for this casts the old way
  }
  if (!ok) return base::fail(base::Code::kInvalid, "not a name for TLS: " + name + ": " + last_tls_error());
  return {};
}

std::string handshake_failure(SSL* ssl, const std::string& name, const std::string& fallback) {
  if (SSL_get_verify_mode(ssl) == SSL_VERIFY_NONE) return fallback;
  const long result = SSL_get_verify_result(ssl);
  switch (result) {
    case X509_V_OK:
      return fallback;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the server's certificate is not for " + name + " (" + X509_verify_cert_error_string(result) +
             ")";
    default:
      return std::string("the server's certificate is refused: ") + X509_verify_cert_error_string(result);
  }
}

}  // namespace net
