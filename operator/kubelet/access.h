#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kube/client/client.h"
#include "operator/certificates/client_ca.h"

namespace op {

/// The caller of a burst node, as far as the connection and the request's head show.
struct KubeletCaller {
  /// The certificates that the client showed in the TLS handshake, leaf first, PEM; "" when none. They need
  /// not be verified yet: check() verifies them, so that a CA that rotates needs no new TLS context.
  std::string certificate_chain_pem = {};
  /// The value behind "Authorization: Bearer ", "" when none.
  std::string bearer_token = {};
};

/// The request to a burst node that needs a permission.
struct KubeletQuestion {
  std::string node;
  std::string method;    ///< as in the request line
  std::string path;      ///< with or without the query
  bool upgrade = false;  ///< the request asks for another protocol (Connection: Upgrade)
};

struct AccessVerdict {
  /// 200, 401, 403; 500 or 503 when the API server could not decide: then nobody gets in.
  int status = 401;
  std::string text = "Unauthorized";  ///< the body of a refusal, as a kubelet writes it
  std::string user = {};              ///< who it was found to be, for logs
  bool allowed() const { return status == 200; }
};

/// Authenticates and authorises requests to burst nodes as a kubelet does. A client certificate of the
/// cluster's client CA or a token (TokenReview) shows who the caller is; a SubjectAccessReview on
/// nodes/<subresource> says what the caller may do. An anonymous caller gets 401.
///
/// Answers are remembered: a token for 2 minutes (a refused one for 10 seconds), a permission for 5 minutes,
/// a refusal for 30 seconds, at most kRemembered of each. Failures of the API server are not remembered, and
/// never let anybody in. Tokens are kept as digests only. Thread-safe; check() blocks for up to two requests.
class KubeletAccess {
 public:
  KubeletAccess(kube::Client& home, const base::Clock& clock, const ClientCa& client_ca);
  ~KubeletAccess();
  AccessVerdict check(const KubeletCaller& caller, const KubeletQuestion& question,
                      std::stop_token stop = {});

  static constexpr std::size_t kRemembered = 4096;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace op
