#include "net/http_session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <optional>
#include <string>

#include "base/log.h"
#include "net/bounded_body.h"
#include "net/reply_text.h"

namespace net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using beast::error_code;

constexpr std::size_t kIdleReadBytes = 2 * 1024;
/// One read takes what a socket usually holds: measured 2-7 times faster on large bodies than Beast's
/// default.
constexpr std::size_t kBodyReadBytes = 64 * 1024;
constexpr std::size_t kMaxBufferedRequestBytes = 256 * 1024;
constexpr std::uint32_t kMaxRequestHeaderBytes = 64 * 1024;
/// Longer bodies are not even read away.
constexpr std::uint64_t kMaxReadAwayBytes = 64u << 20;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// The status for a request that could not be read; 0 when no answer is possible.
int refusal(const error_code& error) {
  if (error == http::error::header_limit || error == beast::error::timeout) {
    return error == http::error::header_limit ? 431 : 0;
  }
  if (error == http::error::body_limit) return 413;
  if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
  const bool is_malformed = error.category() == http::make_error_code(http::error::bad_version).category();
  return is_malformed ? 400 : 0;
}

/// One connection. All members are used on the stream's strand only.
///
///   handshake --> waiting for a request --> reading it --> replying --> lingering --> closed
///                            ^                                |
///                            +-------- keep-alive ------------+
///
/// A malformed request is answered and lingers; a broken connection or a deadline closes it in each state.
template <typename Stream>
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
 public:
  template <typename... Args>
  explicit HttpSession(ServerShared& shared, Args&&... args)
      : shared_(shared), stream_(std::forward<Args>(args)...), buffer_(kMaxBufferedRequestBytes) {}

  ~HttpSession() override { shared_.sessions.remove(this); }

  void start() override {
    boost::asio::dispatch(stream_.get_executor(), [self = this->shared_from_this()] { self->begin(); });
  }
  void finish() override {
    boost::asio::post(stream_.get_executor(), [self = this->shared_from_this()] {
      self->finishing_ = true;
      if (!self->replying_) self->close();
    });
  }
  void abort() override {
    boost::asio::post(stream_.get_executor(), [self = this->shared_from_this()] { self->close(); });
  }

 private:
  using Parser = http::request_parser<BoundedBody>;

  beast::tcp_stream& tcp() { return beast::get_lowest_layer(stream_); }

  void begin() {
    error_code ignored;
    tcp().socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    tcp().expires_after(shared_.options.read_timeout);
    if constexpr (!std::is_same_v<Stream, beast::tcp_stream>) {
      stream_.async_handshake(boost::asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](const error_code& error) {
                                if (!error) self->wait_for_request();
                              });
    } else {
      wait_for_request();
    }
  }

  /// The deadline set before is the one of a first request; between requests it is the idle timeout.
  void wait_for_request() {
    if (finishing_) return close();
    if (buffer_.size() > 0) return read_header();
    buffer_.clear();
    buffer_.shrink_to_fit();  // an idle connection keeps no large buffer
    stream_.async_read_some(buffer_.prepare(kIdleReadBytes),
                            [self = this->shared_from_this()](const error_code& error, std::size_t count) {
                              if (error) return;
                              self->buffer_.commit(count);
                              self->read_header();
                            });
  }

  void read_header() {
    parser_.emplace();
    parser_->header_limit(kMaxRequestHeaderBytes);
    parser_->body_limit(std::max<std::uint64_t>(kMaxReadAwayBytes, shared_.options.max_body_bytes));
    parser_->get().body().limit = shared_.options.max_body_bytes;
    buffer_.reserve(kBodyReadBytes);
    tcp().expires_after(
        shared_.options.read_timeout);  // for the whole request: many small reads do not extend it
    http::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](const error_code& error, std::size_t) {
                              if (error) return self->refuse(error);
                              self->read_body();
                            });
  }

  void read_body() {
    const bool waits = beast::iequals(parser_->get()[http::field::expect], "100-continue");
    if (!waits || parser_->is_done() || buffer_.size() > 0) return read_rest();
    static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
    boost::asio::async_write(stream_, boost::asio::buffer(kContinue),
                             [self = this->shared_from_this()](const error_code& error, std::size_t) {
                               if (!error) self->read_rest();
                             });
  }

  void read_rest() {
    http::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](const error_code& error, std::size_t) {
                       if (error) return self->refuse(error);
                       self->answer();
                     });
  }

  void answer() {
    auto& message = parser_->get();
    auto& body = message.body();
    body.text.reserve(body.text.size() + BoundedBody::kPadding);
    const ServerRequest request{.method = view(message.method_string()),
                                .target = view(message.target()),
                                .content_type = view(message[http::field::content_type]),
                                .body = body.text,
                                .body_too_large = body.too_large};
    ServerReply reply;
    try {
      reply = shared_.handler(request);
    } catch (...) {
      base::log_error("an HTTP handler threw");  // what it threw may quote the request: not logged
      reply = ServerReply{.status = 500};
    }
    write(reply, message.method() == http::verb::head, message.keep_alive() && !finishing_,
          message.version());
  }

  void refuse(const error_code& error) {
    const int status = refusal(error);
    if (status == 0) return close();
    write(ServerReply{.status = status}, false, false, 11);
  }

  void write(const ServerReply& reply, bool head_only, bool keep_alive, unsigned version) {
    text_ =
        make_reply_text(reply, {.head_only = head_only, .keep_alive = keep_alive, .http_1_0 = version < 11});
    parser_.reset();
    replying_ = true;
    tcp().expires_after(shared_.options.read_timeout);
    boost::asio::async_write(
        stream_, boost::asio::buffer(text_),
        [self = this->shared_from_this(), keep_alive](const error_code& error, std::size_t) {
          self->replying_ = false;
          self->text_ = std::string();
          if (error) return self->close();
          if (!keep_alive || self->finishing_) return self->linger();
          self->tcp().expires_after(self->shared_.options.idle_timeout);
          self->wait_for_request();
        });
  }

  /// Closing with unread bytes would reset the connection and could destroy the reply on its way. So it ends
  /// our side and reads a little more.
  void linger() {
    error_code ignored;
    tcp().socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
    if (finishing_) return close();
    tcp().expires_after(kLinger);
    read_away();
  }

  void read_away() {
    buffer_.clear();
    tcp().async_read_some(buffer_.prepare(kBodyReadBytes),
                          [self = this->shared_from_this()](const error_code& error, std::size_t count) {
                            self->read_away_ += count;
                            if (error || self->read_away_ > kMaxLingerBytes) return self->close();
                            self->read_away();
                          });
  }

  void close() { tcp().close(); }

  ServerShared& shared_;
  Stream stream_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::string text_;
  std::size_t read_away_ = 0;
  bool replying_ = false;
  bool finishing_ = false;
};

}  // namespace

std::shared_ptr<Session> make_session(boost::asio::ip::tcp::socket socket, ServerShared& shared) {
  if (shared.tls == nullptr)
    return std::make_shared<HttpSession<beast::tcp_stream>>(shared, std::move(socket));
  return std::make_shared<HttpSession<beast::ssl_stream<beast::tcp_stream>>>(shared, std::move(socket),
                                                                             *shared.tls);
}

}  // namespace net
