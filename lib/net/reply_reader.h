#pragma once

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "net/connection.h"

namespace net {

/// Reads one HTTP/1.1 reply from a connection, piece by piece: header first, then the body in any number of
/// reads. Used by one thread; the connection must outlive it.
class ReplyReader {
 public:
  /// `expects_body` is false for the reply to HEAD. Without `max_body_bytes` the body has no end (watches).
  ReplyReader(Connection& connection, bool expects_body, std::optional<std::uint64_t> max_body_bytes);

  /// Reads status and headers; skips interim replies (1xx).
  base::Result<HttpResponse> read_head(const Limit& limit);
  /// Reads the next bytes of the body; 0 at its declared end. Unavailable when the peer closes before that.
  /// After Deadline and Cancelled it can be called again.
  base::Result<std::size_t> read_body(std::span<char> into, const Limit& limit);

  /// Whether any byte of a reply came.
  bool got_bytes() const { return got_bytes_; }
  /// The length the header declares, if it does.
  std::optional<std::uint64_t> content_length() const;
  /// After the body's end: whether the connection can carry another request.
  bool can_reuse();

 private:
  using Parser = boost::beast::http::response_parser<boost::beast::http::buffer_body>;

  void make_parser();
  /// Feeds the parser with what is buffered, or else with the next bytes from the peer.
  base::Outcome advance(const Limit& limit);
  base::Outcome feed();
  base::Status failure(const boost::beast::error_code& error) const;

  Connection& connection_;
  bool expects_body_;
  std::optional<std::uint64_t> max_body_bytes_;
  std::optional<Parser> parser_;
  bool got_bytes_ = false;
  bool ended_ = false;
  /// The parser has seen all that is buffered and wants more.
  bool starving_ = true;
};

}  // namespace net
