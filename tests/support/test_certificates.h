#pragma once

#include <string>
#include <utility>
#include <vector>

namespace testing_support {

struct Issued {
  std::string certificate_pem;
  std::string key_pem;
};

/// Aborts where OpenSSL fails at what never fails: no test makes sense then.
void require_openssl(bool ok);

struct CertificateOrder {
  std::string common_name = "test";
  std::vector<std::string> organizations = {};
  /// As OpenSSL writes it: "DNS:localhost,IP:127.0.0.1"; empty for none.
  std::string alt_names = {};
  /// Extended key usage, "clientAuth" or "serverAuth"; empty for none, which means any.
  std::string usage = {};
  /// Seconds from now; negative ones lie in the past.
  long valid_from = -3600;
  long valid_until = 3600;
};

/// A certificate authority for one test, with a fresh P-256 key.
class TestAuthority {
 public:
  explicit TestAuthority(const std::string& name);
  /// One that exists already, e.g. a sandbox's.
  explicit TestAuthority(Issued ca) : ca_(std::move(ca)) {}
  const std::string& ca_pem() const { return ca_.certificate_pem; }
  Issued issue(const CertificateOrder& order) const;

 private:
  Issued ca_;
};

}  // namespace testing_support
