#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/status.h"

namespace net {

/// A port whose connections are accepted one after the other, each on a strand of its own, until close().
/// Owned by a shared pointer: it lives as long as an accept is under way.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  /// Called on the acceptor's strand.
  using OnSocket = std::function<void(boost::asio::ip::tcp::socket)>;

  explicit Acceptor(boost::asio::io_context& io);
  /// Unavailable with the address in the message. `port` 0 takes a free one.
  base::Outcome listen(const std::string& address, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void start(OnSocket on_socket);
  /// Thread-safe; returns before it is done. Idempotent.
  void close();

 private:
  void accept();
  void accept_later();

  boost::asio::io_context& io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  std::uint16_t port_ = 0;
  OnSocket on_socket_;
};

}  // namespace net
