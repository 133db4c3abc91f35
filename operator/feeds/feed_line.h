#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "net/http.h"

namespace op {

/// The deadlines of each step of one request.
struct FeedDeadlines {
  std::chrono::steady_clock::time_point connected;   ///< the server has been reached
  std::chrono::steady_clock::time_point handshaken;  ///< and has proved who it is
  std::chrono::steady_clock::time_point answered;    ///< and has sent the whole reply
};

/// The connection to a feed's server as seen from its TLS layer. The thread that waits for a reply and the
/// library's threads that bring it meet here. It knows how far the request is, which the library does not
/// report. It counts the bytes that arrive, which the library does not bound: it gathers a header or a
/// chunk of any size before it shows it. Thread-safe.
class FeedLine {
 public:
  /// `server` is "host:port" for the messages; the certificate must be for `name`.
  FeedLine(std::string server, std::string name, std::size_t max_body_bytes);
  ~FeedLine();
  FeedLine(const FeedLine&) = delete;
  FeedLine& operator=(const FeedLine&) = delete;

  /// Call it before each request, when the one before is over.
  void begin();
  /// Waits for the reply. Deadline, Cancelled, Malformed (too much arrived), or the result of finish() or
  /// fail().
  base::Result<net::HttpResponse> wait(const FeedDeadlines& deadlines, std::stop_token stop);
  /// Whether the server's address took the connection of this request.
  bool reached() const;

  /// For the library's threads: `ssl` is the connection of this request, and `descriptor` gives its socket
  /// once it is connected. Insists on the right name. The line must outlive the use of `ssl`.
  base::Outcome watch(SSL* ssl, std::function<int()> descriptor);
  /// Ends the connection of this request, now or as soon as it is there; the line is not used again. The
  /// library's own way to do that closes a socket that its other thread may be reading, and crashes (its
  /// sockets are not thread-safe). So the kernel is asked, and the reader finds the end of the stream. An
  /// address that does not answer is left to the library's time limit.
  void abandon();
  void head_arrived();
  /// The first result of a request counts.
  void finish(base::Result<net::HttpResponse> reply);
  /// Fails with the error that is known here; `is_malformed` when the reply was not HTTP.
  void fail(bool is_malformed);
  base::Status too_large() const;

 private:
  enum class Phase { kConnecting, kHandshaking, kAsking, kReading };

  static void on_record(int is_write, int version, int type, const void* bytes, std::size_t size, SSL* ssl,
                        void* line);
  void saw_record(std::size_t received, bool is_handshaken);
  void hold_socket();
  void move_to(Phase phase);
  base::Status failure(bool is_malformed) const;
  base::Status deadline_passed() const;

  struct SslFree {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  const std::string server_;
  const std::string name_;
  const std::size_t max_body_bytes_;
  const std::size_t max_wire_bytes_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  Phase phase_ = Phase::kConnecting;
  std::size_t received_ = 0;  ///< of this request, as encrypted
  std::unique_ptr<SSL, SslFree> ssl_;
  std::function<int()> descriptor_;
  /// The socket under a number of ours: the library may close its own, and the number be somebody else's.
  int socket_ = -1;
  bool abandoned_ = false;
  std::optional<base::Result<net::HttpResponse>> reply_;
};

}  // namespace op
