#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/test_certificates.h"

namespace testing_support {

/// One end of a TLS connection with blocking calls, for tests that control every byte and every end.
/// A call that gets nowhere for 20 s fails, so that no test hangs. One thread at a time.
class TlsPeer {
 public:
  /// Connects to a port of loopback, trusting any certificate, and shows `shown` where it has one. Not open()
  /// when that fails.
  static std::unique_ptr<TlsPeer> connect(std::uint16_t port, const Issued& shown = {});
  /// The server's end of an accepted connection; takes `fd`.
  static std::unique_ptr<TlsPeer> accept(int fd, const Issued& certificate);
  ~TlsPeer();
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;

  bool open() const { return open_; }
  /// Writes all of it; false when the connection broke.
  bool write(std::string_view bytes);
  /// Reads some bytes: their number, 0 at the end of the stream, -1 when the connection was cut or timed out.
  int read_some(std::span<char> into);
  /// Reads until `text` has come, and returns all that came; shorter at the end of the stream.
  std::string read_until(std::string_view text);
  std::string read_exactly(std::size_t count);
  /// All until the end of the stream; `clean` is true when it was an orderly end, and no cut.
  std::string read_all(bool* clean = nullptr);
  /// Ends our side; reading goes on.
  void close_write();
  /// Closes with a reset.
  void abort();
  /// The certificate that the other side showed, its common name.
  std::string peer_name() const;

 private:
  TlsPeer(int fd, SSL_CTX* context, bool is_server);

  int fd_;
  SSL_CTX* context_;
  SSL* ssl_;
  bool open_ = false;
};

/// A TLS server of loopback: each connection is handed to `serve` on a thread of its own.
class TlsHost {
 public:
  using Serve = std::function<void(TlsPeer&)>;

  TlsHost(Issued certificate, Serve serve);
  /// Waits for all connections to be over.
  ~TlsHost();
  std::uint16_t port() const { return port_; }
  /// Those whose `serve` has not returned.
  std::size_t open_connections() const { return open_; }

 private:
  void run();

  const Issued certificate_;
  const Serve serve_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  struct Served {
    std::shared_ptr<std::atomic<bool>> over;
    std::jthread thread;
  };
  std::atomic<std::size_t> open_{0};
  std::vector<Served> threads_;
  std::jthread acceptor_;
};

}  // namespace testing_support
