#include "net/tls_socket.h"

#include <openssl/err.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <limits>
#include <utility>

namespace net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kRecordBytes = SSL3_RT_MAX_PLAIN_LENGTH;
/// OpenSSL's own buffer for received bytes. One system call takes four full records, and not first the
/// header of one.
constexpr std::size_t kReadAheadBytes = 66 * 1024;

int clamp(std::size_t size) {
  return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

}  // namespace

TlsSocket::TlsSocket(tcp::socket socket, const TlsContext& context)
    : socket_(std::move(socket)), context_(context) {}

TlsSocket::~TlsSocket() { close(); }

std::shared_ptr<TlsSocket> TlsSocket::make(tcp::socket socket, const TlsContext& context) {
  std::shared_ptr<TlsSocket> made(new TlsSocket(std::move(socket), context));
  made->ssl_.reset(SSL_new(context->native_handle()));
  if (!made->ssl_) return nullptr;
  SSL* ssl = made->ssl();
  SSL_set_mode(ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                        SSL_MODE_RELEASE_BUFFERS);  // thousands of streams idle: they keep no record buffers
  SSL_set_read_ahead(ssl, 1);
  SSL_set_default_read_buffer_len(ssl, kReadAheadBytes);
  BIO* bio = make_socket_bio(&made->wire_);
  if (bio == nullptr) return nullptr;
  SSL_set_bio(ssl, bio, bio);
  return made;
}

void TlsSocket::async_handshake(TlsSide side, Done done) {
  error_code error;
  socket_.non_blocking(true, error);
  wire_.fd = socket_.native_handle();
  tune_socket(wire_.fd);
  if (side == TlsSide::kServer) {
    SSL_set_accept_state(ssl());
  } else {
    SSL_set_connect_state(ssl());
  }
  shaken_ = std::move(done);
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->handshake(); });
}

void TlsSocket::async_read_some(std::span<char> into, Done done) {
  room_ = into;
  read_done_ = std::move(done);
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->read(); });
}

void TlsSocket::async_write(std::span<const char> bytes, Done done) {
  unsent_ = bytes;
  sent_ = 0;
  write_done_ = std::move(done);
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->write(); });
}

void TlsSocket::async_shutdown(Done done) {
  write_done_ = std::move(done);
  boost::asio::post(socket_.get_executor(), [self = shared_from_this()] { self->shutdown(); });
}

void TlsSocket::close() {
  wire_.fd = -1;
  error_code ignored;
  socket_.close(ignored);
}

void TlsSocket::handshake() {
  if (!is_open()) return finish(shaken_, boost::asio::error::operation_aborted, 0);
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl());
  if (result == 1) return finish(shaken_, {}, 0);
  error_code error;
  const Need need = need_of(result, error);
  if (need == Need::kNothing) return finish(shaken_, error, 0);
  again(need, &TlsSocket::handshake, shaken_);
}

void TlsSocket::read() {
  if (!is_open()) return finish(read_done_, boost::asio::error::operation_aborted, 0);
  std::size_t count = 0;
  while (count < room_.size()) {
    ERR_clear_error();
    const int result = SSL_read(ssl(), room_.data() + count, clamp(room_.size() - count));
    if (result > 0) {
      count += static_cast<std::size_t>(result);
      continue;
    }
    if (count > 0) break;  // an end or a failure shows again at the next read
    error_code error;
    const Need need = need_of(result, error);
    if (need == Need::kNothing) return finish(read_done_, error, 0);
    return again(need, &TlsSocket::read, read_done_);
  }
  finish(read_done_, {}, count);
}

void TlsSocket::write() {
  if (!is_open()) return finish(write_done_, boost::asio::error::operation_aborted, sent_);
  while (!unsent_.empty()) {
    ERR_clear_error();
    wire_.more = unsent_.size() > kRecordBytes;  // each call writes one record
    const int result = SSL_write(ssl(), unsent_.data(), clamp(unsent_.size()));
    if (result > 0) {
      sent_ += static_cast<std::size_t>(result);
      unsent_ = unsent_.subspan(static_cast<std::size_t>(result));
      continue;
    }
    error_code error;
    const Need need = need_of(result, error);
    if (need == Need::kNothing) return finish(write_done_, error, sent_);
    return again(need, &TlsSocket::write, write_done_);
  }
  finish(write_done_, {}, sent_);
}

void TlsSocket::shutdown() {
  if (!is_open()) return finish(write_done_, boost::asio::error::operation_aborted, 0);
  ERR_clear_error();
  const int result = SSL_shutdown(ssl());
  error_code error;
  if (result < 0) {
    if (need_of(result, error) == Need::kWrite) return again(Need::kWrite, &TlsSocket::shutdown, write_done_);
  }
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  finish(write_done_, {}, 0);
}

TlsSocket::Need TlsSocket::need_of(int result, error_code& error) {
  switch (SSL_get_error(ssl(), result)) {
    case SSL_ERROR_WANT_READ:
      return Need::kRead;
    case SSL_ERROR_WANT_WRITE:
      return Need::kWrite;
    case SSL_ERROR_ZERO_RETURN:
      error = boost::asio::error::eof;
      return Need::kNothing;
    case SSL_ERROR_SYSCALL:
      why_ = "the connection was reset";
      error = boost::asio::error::connection_reset;
      return Need::kNothing;
    default:
      why_ = last_tls_error();
      error = boost::asio::error::connection_reset;
      return Need::kNothing;
  }
}

void TlsSocket::again(Need need, Step step, Done& done) {
  const auto event = need == Need::kRead ? tcp::socket::wait_read : tcp::socket::wait_write;
  socket_.async_wait(event, [self = shared_from_this(), step, &done](const error_code& error) {
    if (error) return finish(done, error, 0);
    ((*self).*step)();
  });
}

void TlsSocket::finish(Done& done, const error_code& error, std::size_t count) {
  // Moved out first: the handler may start the next operation.
  const Done handler = std::exchange(done, nullptr);
  if (handler) handler(error, count);
}

}  // namespace net
