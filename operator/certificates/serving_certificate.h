#pragma once

#include <string>

namespace op {

/// The certificate that a burst node shows in the TLS handshake. Never written to a disk or a log.
struct ServingCertificate {
  std::string certificate_pem;  ///< leaf first
  std::string key_pem;
  bool self_signed = false;  ///< the stop-gap until a signer has answered
};

}  // namespace op
