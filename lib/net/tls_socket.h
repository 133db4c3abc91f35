#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "net/socket_options.h"
#include "net/tls_bio.h"
#include "net/tls_context.h"

namespace net {

enum class TlsSide { kClient, kServer };

/// TLS over one TCP connection for many bytes. OpenSSL reads and writes the socket itself. So a read takes
/// all records that have arrived, and nothing is copied between two buffers of ciphertext as in Asio's own
/// stream.
///
/// All calls and handlers run on the strand of the socket. One read and one write may be under way at a time.
/// Handlers get eof when the peer said that it will send no more, operation_aborted after close(), and
/// connection_reset for every other failure, which why() then explains. The object lives as long as an
/// operation is under way.
class TlsSocket : public std::enable_shared_from_this<TlsSocket> {
 public:
  using Done = std::function<void(const boost::system::error_code&, std::size_t)>;

  /// `socket` must run on a strand. Null when out of memory.
  static std::shared_ptr<TlsSocket> make(boost::asio::ip::tcp::socket socket, const TlsContext& context);
  TlsSocket(const TlsSocket&) = delete;
  TlsSocket& operator=(const TlsSocket&) = delete;
  ~TlsSocket();

  boost::asio::ip::tcp::socket& tcp() { return socket_; }
  SSL* ssl() { return ssl_.get(); }

  /// After connect or accept: makes the socket non-blocking and starts TLS on it.
  void async_handshake(TlsSide side, Done done);
  /// Reads what is there, at least one byte, at most `into`.
  void async_read_some(std::span<char> into, Done done);
  /// Writes all of `bytes`.
  void async_write(std::span<const char> bytes, Done done);
  /// Tells the peer that nothing more comes; reading goes on.
  void async_shutdown(Done done);
  /// Aborts what is under way. Idempotent.
  void close();
  bool is_open() const { return wire_.fd >= 0; }
  /// Some of the written bytes have not reached the peer.
  bool has_unread() const { return is_open() && has_unacknowledged(wire_.fd); }

  /// What OpenSSL said about the last failure.
  const std::string& why() const { return why_; }

 private:
  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  enum class Need { kNothing, kRead, kWrite };
  using Step = void (TlsSocket::*)();

  TlsSocket(boost::asio::ip::tcp::socket socket, const TlsContext& context);
  void handshake();
  void read();
  void write();
  void shutdown();
  /// What to do after an SSL call returned `result` <= 0.
  Need need_of(int result, boost::system::error_code& error);
  /// Calls `step` again once the socket is ready, or `done` with the error.
  void again(Need need, Step step, Done& done);
  static void finish(Done& done, const boost::system::error_code& error, std::size_t count);

  boost::asio::ip::tcp::socket socket_;
  TlsContext context_;
  TlsWire wire_;  ///< what the BIO uses
  std::unique_ptr<SSL, FreeSsl> ssl_;
  std::string why_;

  Done shaken_;
  std::span<char> room_;
  Done read_done_;
  std::span<const char> unsent_;
  std::size_t sent_ = 0;
  Done write_done_;
};

}  // namespace net
