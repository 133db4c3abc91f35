#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "net/http_session.h"

namespace net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::seconds kStopGrace{5};
/// After a failed accept, most likely for lack of file descriptors.
constexpr std::chrono::milliseconds kAcceptPause{100};

class BeastServer final : public HttpServer {
 public:
  BeastServer(HttpServerOptions options, Handler handler, TlsContext tls)
      : shared_{std::move(options), std::move(handler), std::move(tls)} {}

  ~BeastServer() override { stop(); }

  base::Outcome listen() {
    error_code error;
    const auto address = boost::asio::ip::make_address(shared_.options.address, error);
    const tcp::endpoint endpoint(address, shared_.options.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) port_ = acceptor_.local_endpoint(error).port();
    if (!error) return {};
    return base::fail(base::Code::kUnavailable, "listen on " + shared_.options.address + ":" +
                                                    std::to_string(shared_.options.port) + ": " +
                                                    error.message());
  }

  void run() {
    boost::asio::post(acceptor_.get_executor(), [this] { accept(); });
    const std::size_t count = std::clamp<std::size_t>(shared_.options.threads, 1, 64);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { serve(); });
  }

  std::uint16_t port() const override { return port_; }

  void stop() override {
    std::call_once(stopped_, [this] {
      boost::asio::post(acceptor_.get_executor(), [this] {
        error_code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
      });
      shared_.sessions.finish_all();
      if (!shared_.sessions.wait_until_empty(kStopGrace)) shared_.sessions.abort_all();
      threads_.clear();  // joins: io_ runs out of work with the last session
    });
  }

 private:
  void serve() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        base::log_error("HTTP server: an exception escaped", {{"what", error.what()}});
      }
    }
  }

  void accept() {
    acceptor_.async_accept(boost::asio::make_strand(io_),
                           [this](const error_code& error, tcp::socket socket) {
                             if (!acceptor_.is_open()) return;
                             if (error) return accept_later();
                             admit(std::move(socket));
                             accept();
                           });
  }

  void admit(tcp::socket socket) {
    try {
      const auto session = make_session(std::move(socket), shared_);
      if (shared_.sessions.add(session)) session->start();
    } catch (const std::exception& error) {  // out of memory for one connection must not end accepting
      base::log_warning("HTTP server: connection dropped", {{"what", error.what()}});
    }
  }

  void accept_later() {
    pause_.expires_after(kAcceptPause);
    pause_.async_wait([this](const error_code& error) {
      if (!error && acceptor_.is_open()) accept();
    });
  }

  ServerShared shared_;
  boost::asio::io_context io_;
  tcp::acceptor acceptor_{boost::asio::make_strand(io_)};
  boost::asio::steady_timer pause_{acceptor_.get_executor()};
  std::uint16_t port_ = 0;
  std::once_flag stopped_;
  std::vector<std::jthread> threads_;
};

}  // namespace

base::Result<std::unique_ptr<HttpServer>> start_http_server(HttpServerOptions options,
                                                            HttpServer::Handler handler) {
  TlsContext tls;
  if (options.certificate_pem.empty() != options.key_pem.empty()) {
    return base::fail(base::Code::kInvalid, "server certificate and key must come together");
  }
  if (!options.certificate_pem.empty()) {
    auto made = make_server_tls(options.certificate_pem, options.key_pem);
    if (!made) return base::fail(std::move(made.error()));
    tls = std::move(*made);
    options.key_pem.clear();
  }
  auto server = std::make_unique<BeastServer>(std::move(options), std::move(handler), std::move(tls));
  if (auto listening = server->listen(); !listening) return base::fail(std::move(listening.error()));
  server->run();
  return server;
}

}  // namespace net
