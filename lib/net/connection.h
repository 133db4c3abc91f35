#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/dial_plan.h"
#include "net/resolve.h"

namespace net {

/// One TCP or TLS connection with blocking calls that end at a deadline or as soon as a stop is requested.
///
/// It owns its io_context, which runs only inside these calls on the caller's thread: no thread per
/// connection or client. Used by one thread at a time. After any failure but a Deadline or Cancelled of
/// read_more() it is closed.
class Connection {
 public:
  /// Unavailable, Deadline, Cancelled; Unauthenticated when the certificate we would show has expired.
  static base::Result<std::unique_ptr<Connection>> dial(std::shared_ptr<const DialPlan> plan,
                                                        const Limit& limit);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  /// Writes all of `bytes`. `written` counts what left before a failure.
  base::Outcome write(std::string_view bytes, const Limit& limit, std::size_t& written);
  /// Appends the next bytes from the peer to buffer() and returns their number, 0 at the end of the stream.
  /// After Deadline or Cancelled the read stays under way and the next call goes on with it, so nothing is
  /// lost.
  base::Result<std::size_t> read_more(const Limit& limit);
  /// The bytes read and not yet consumed. Do not touch it between an unfinished read_more() and its
  /// repetition.
  boost::beast::flat_buffer& buffer() { return buffer_; }
  /// For a connection between two requests: true while the peer has neither closed it nor sent anything
  /// unasked.
  bool is_quiet();
  /// Gives back the memory of an empty buffer while the connection idles.
  void shrink();

 private:
  explicit Connection(std::shared_ptr<const DialPlan> plan);
  base::Outcome connect(const Limit& limit);
  base::Outcome handshake(const Limit& limit);
  /// Runs the operation under way until it completes (true), or `limit` is reached (false).
  bool wait(const Limit& limit);
  /// The Status of a wait() that returned false.
  static base::Status interrupted(const Limit& limit, std::string_view doing);
  void start_read();
  void close();

  std::shared_ptr<const DialPlan> plan_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::socket socket_{io_};
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  boost::beast::flat_buffer buffer_;
  /// The operation under way and, once it is not pending any more, its result.
  bool pending_ = false;
  bool reading_ = false;
  boost::system::error_code error_;
  std::size_t transferred_ = 0;
};

}  // namespace net
