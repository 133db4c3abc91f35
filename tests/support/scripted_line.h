#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>

#include "support/test_certificates.h"

namespace testing_support {

/// How often a blocked thread of a ScriptedServer checks whether the test is over.
inline constexpr int kTickMs = 10;

/// Waits for `fd` to be readable for one tick.
bool readable(int fd);

/// One accepted connection of a ScriptedServer, with TLS where the server has a certificate. Reads return
/// after a tick at the latest, so that a test's end is seen soon. Used by one thread.
class ScriptedLine {
 public:
  enum class Read { kBytes, kNothingYet, kGone };

  /// Takes `fd` over.
  explicit ScriptedLine(int fd) : fd_(fd) {}
  ~ScriptedLine();
  ScriptedLine(const ScriptedLine&) = delete;
  ScriptedLine& operator=(const ScriptedLine&) = delete;

  /// Shakes hands; false when the client will not.
  bool accept_tls(const Issued& certificate);
  bool send(const std::string& bytes);
  /// Waits one tick for bytes and appends them to `into`.
  Read read(std::string& into);
  /// The client has closed its end.
  bool is_gone();
  /// The end will be a reset (RST), without a word of TLS.
  void reset();

 private:
  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  int fd_;
  bool orderly_ = true;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace testing_support
