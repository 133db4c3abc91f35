#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/address_book.h"
#include "net/dial_plan.h"
#include "net/tls_socket.h"

namespace net {

/// How a server answered: with a stream, or with something else instead.
struct UpstreamReply {
  /// The connection of the stream; null when there is none.
  std::shared_ptr<TlsSocket> socket;
  /// For a stream: the head as it came, and the bytes that came with it.
  std::string received;
  /// Without a stream: status and at most 64 KiB of body.
  HttpResponse refusal;
};

/// One request on a fresh connection, up to the head of a reply that begins a stream, or to the end of a
/// reply that does not. All on one strand; lives as long as an operation is under way.
class UpstreamCall : public std::enable_shared_from_this<UpstreamCall> {
 public:
  /// Unavailable, Deadline, Unauthenticated, Malformed; Cancelled after cancel().
  using Done = std::function<void(base::Result<UpstreamReply>)>;

  /// `strand` runs everything; `text` is the whole request.
  UpstreamCall(boost::asio::any_io_executor strand, Upstream upstream, std::string text, bool is_upgrade);
  /// Tries the server's addresses in order. Each gets an equal share of the time to connect, so that one that
  /// swallows packets does not use up the time of the others. `deadline` is for the request to be sent,
  /// `head_timeout` for the head of the reply after that; zero sets no limit.
  void start(AddressBook& addresses, std::chrono::steady_clock::time_point deadline,
             std::chrono::milliseconds head_timeout, Done done);
  void cancel();

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  void expect_by(std::chrono::steady_clock::time_point deadline);
  void connect();
  void expect_connection();
  void handshake(boost::asio::ip::tcp::socket socket);
  void send();
  void read();
  void look_at_head();
  void look_at_body();
  void fail(base::Code code, const std::string& what);
  /// Fails for `doing` with all that is known about `error`.
  void fail(const std::string& doing, const Error& error);
  void finish(base::Result<UpstreamReply> reply);

  boost::asio::any_io_executor strand_;
  const Upstream upstream_;
  const std::string text_;
  const bool is_upgrade_;
  AddressBook::Addresses addresses_;
  std::size_t next_ = 0;
  std::chrono::steady_clock::time_point deadline_;
  boost::asio::ip::tcp::socket connecting_;
  std::shared_ptr<TlsSocket> socket_;
  boost::asio::steady_timer timer_;
  boost::asio::steady_timer connect_timer_;
  std::chrono::milliseconds head_timeout_{};
  std::string received_;
  std::vector<char> chunk_;
  std::optional<Parser> refusal_;
  bool at_end_ = false;
  Done done_;
};

}  // namespace net
