#pragma once

#include <openssl/ssl.h>

#include <string>

#include "base/status.h"

namespace net {

/// Makes the coming handshake ask for (SNI) and insist on a certificate for `name`, a DNS name or an IP
/// address.
base::Outcome expect_peer(SSL* ssl, const std::string& name);

/// Why the handshake on `ssl` failed, in words for a user ("the server's certificate has expired ...");
/// `fallback` when it was not the certificate.
std::string handshake_failure(SSL* ssl, const std::string& name, const std::string& fallback);

}  // namespace net
