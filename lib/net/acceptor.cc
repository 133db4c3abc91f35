#include "net/acceptor.h"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <utility>

#include "base/log.h"

namespace net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

/// After a failed accept, most likely for lack of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io)
    : io_(io), acceptor_(boost::asio::make_strand(io)), pause_(acceptor_.get_executor()) {}

base::Outcome Acceptor::listen(const std::string& address, std::uint16_t port) {
  error_code error;
  const tcp::endpoint endpoint(boost::asio::ip::make_address(address, error), port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  if (!error) return {};
  return base::fail(base::Code::kUnavailable,
                    "listen on " + address + ":" + std::to_string(port) + ": " + error.message());
}

void Acceptor::start(OnSocket on_socket) {
  on_socket_ = std::move(on_socket);
  boost::asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->accept(); });
}

void Acceptor::close() {
  boost::asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->pause_.cancel();
    self->on_socket_ = nullptr;  // it may hold the owner of this acceptor
  });
}

void Acceptor::accept() {
  if (!acceptor_.is_open()) return;
  acceptor_.async_accept(boost::asio::make_strand(io_),
                         [self = shared_from_this()](const error_code& error, tcp::socket socket) {
                           if (!self->acceptor_.is_open()) return;
                           if (error) return self->accept_later();
                           try {
                             self->on_socket_(std::move(socket));
                           } catch (const std::exception& failure) {  // must not end accepting
                             base::log_warning("a connection was dropped", {{"what", failure.what()}});
                           }
                           self->accept();
                         });
}

void Acceptor::accept_later() {
  pause_.expires_after(kAcceptPause);
  pause_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->accept();
  });
}

}  // namespace net
