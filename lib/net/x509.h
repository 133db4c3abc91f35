#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"

/// Certificates outside of a handshake: requested, made, judged. No I/O; thread-safe. Keys appear in no
/// message.
namespace net {

/// The subject of a certificate.
struct CertificateSubject {
  std::string common_name = {};
  std::vector<std::string> organizations = {};
};

/// The subject of a new certificate, and the addresses it is valid for.
struct CertificateOrder {
  CertificateSubject subject = {};
  std::vector<std::string> addresses = {};  ///< IP addresses
};

/// A fresh P-256 key, PEM (PKCS 8).
base::Result<std::string> make_private_key();

/// A signing request (PKCS 10, PEM). Invalid when an address is malformed or the key does not parse.
base::Result<std::string> make_signing_request(const CertificateOrder& order, const std::string& key_pem);

/// A serving certificate signed by its own key, valid from an hour before `now` for `life` from then.
base::Result<std::string> make_self_signed(const CertificateOrder& order, const std::string& key_pem,
                                           base::Time now, std::chrono::seconds life);

struct CertificateLife {
  base::Time not_before;
  base::Time not_after;
};
/// The validity of the first certificate in `pem`; Invalid when there is none.
base::Result<CertificateLife> certificate_life(const std::string& pem);

/// Checks that the key belongs to the first certificate; Invalid says what is wrong with either.
base::Outcome check_key_pair(const std::string& certificate_pem, const std::string& key_pem);

/// Judges a client's certificate as a server would in the handshake: `chain_pem` (leaf first) must lead to
/// one of `ca_pem`, be valid at `now` and be meant for TLS clients. Unauthenticated with the reason when it
/// is not; Invalid when `ca_pem` is no set of certificates.
base::Result<CertificateSubject> verify_client_certificate(const std::string& chain_pem,
                                                           const std::string& ca_pem, base::Time now);

}  // namespace net
