#include "net/http_server.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "base/log.h"
#include "net/acceptor.h"
#include "net/http_session.h"

namespace net {
namespace {

using boost::asio::ip::tcp;

class BeastServer final : public HttpServer {
 public:
  BeastServer(HttpServerOptions options, Handler handler, TlsContext tls)
      : shared_{std::move(options), std::move(handler), std::move(tls)} {}

  ~BeastServer() override { stop(); }

  base::Outcome listen() { return acceptor_->listen(shared_.options.address, shared_.options.port); }

  void run() {
    acceptor_->start([this](tcp::socket socket) { admit(std::move(socket)); });
    const std::size_t count = std::clamp<std::size_t>(shared_.options.threads, 1, 64);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { serve(); });
  }

  std::uint16_t port() const override { return acceptor_->port(); }

  void stop() override {
    std::call_once(stopped_, [this] {
      acceptor_->close();
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

  void admit(tcp::socket socket) {
    const auto session = make_session(std::move(socket), shared_);
    if (shared_.sessions.add(session)) session->start();
  }

  ServerShared shared_;
  boost::asio::io_context io_;
  std::shared_ptr<Acceptor> acceptor_ = std::make_shared<Acceptor>(io_);
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
