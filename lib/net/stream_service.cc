#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "base/log.h"
#include "net/acceptor.h"
#include "net/stream_server.h"
#include "net/stream_session.h"

namespace net {
namespace {

using boost::asio::ip::tcp;

/// The state of a listener's accept loop; lives until the loop has ended.
class Listening {
 public:
  Listening(boost::asio::io_context& io, StreamShared& shared, StreamHandler handler)
      : acceptor_(std::make_shared<Acceptor>(io)),
        port_(std::make_shared<StreamPort>(shared, std::move(handler))) {}

  Acceptor& acceptor() { return *acceptor_; }

  void admit(tcp::socket socket) {
    StreamShared& shared = port_->shared;
    if (shared.connections.load(std::memory_order_relaxed) >= shared.options.max_connections) {
      return shared.metrics.refused(StreamRefusal::kConnections);
    }
    const TlsContext context = tls();
    if (context == nullptr) return;
    auto stream = TlsSocket::make(std::move(socket), context);
    if (!stream) return;
    const auto session = std::make_shared<StreamSession>(port_, std::move(stream));
    if (port_->sessions.add(session)) session->start();
  }

  void set_tls(TlsContext tls) {
    const std::lock_guard lock(mutex_);
    tls_ = std::move(tls);
  }

  void close() {
    acceptor_->close();
    port_->sessions.finish_all();
  }

  bool wait_closed(std::chrono::milliseconds wait) { return port_->sessions.wait_until_empty(wait); }

 private:
  TlsContext tls() {
    const std::lock_guard lock(mutex_);
    return tls_;
  }

  std::shared_ptr<Acceptor> acceptor_;
  std::shared_ptr<StreamPort> port_;
  std::mutex mutex_;
  TlsContext tls_;  ///< null until there is a certificate
};

class Listener final : public StreamListener {
 public:
  explicit Listener(std::shared_ptr<Listening> listening) : listening_(std::move(listening)) {}
  ~Listener() override { listening_->close(); }
  std::uint16_t port() const override { return listening_->acceptor().port(); }
  base::Outcome set_certificate(const std::string& certificate_pem, const std::string& key_pem) override {
    auto tls = make_server_tls(certificate_pem, key_pem);
    if (!tls) return base::fail(std::move(tls.error()));
    ask_for_certificates(*tls);
    listening_->set_tls(std::move(*tls));
    return {};
  }

 private:
  std::shared_ptr<Listening> listening_;
};

class AsioStreamService final : public StreamService {
 public:
  explicit AsioStreamService(StreamServiceOptions options) : shared_{std::move(options)} {
    const std::size_t count = std::clamp<std::size_t>(shared_.options.threads, 1, 64);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { serve(); });
  }
  ~AsioStreamService() override { stop(); }

  base::Result<std::unique_ptr<StreamListener>> listen(const std::string& address, std::uint16_t port,
                                                       StreamHandler handler) override {
    auto listening = std::make_shared<Listening>(io_, shared_, std::move(handler));
    if (auto bound = listening->acceptor().listen(address, port); !bound) {
      return base::fail(std::move(bound.error()));
    }
    {
      const std::lock_guard lock(mutex_);
      if (stopped_) return base::fail(base::Code::kCancelled, "the stream service has stopped");
      std::erase_if(listening_, [](const auto& weak) { return weak.expired(); });
      listening_.push_back(listening);
    }
    listening->acceptor().start([listening](tcp::socket socket) { listening->admit(std::move(socket)); });
    return std::make_unique<Listener>(std::move(listening));
  }

  StreamCounts counts() const override {
    return {shared_.connections.load(std::memory_order_relaxed), shared_.metrics.refusals(),
            shared_.relayed_bytes.load(std::memory_order_relaxed)};
  }

  void stop() override {
    std::vector<std::weak_ptr<Listening>> listening;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(stopped_, true)) return;
      listening.swap(listening_);
    }
    for (const auto& weak : listening) {
      if (const auto open = weak.lock()) open->close();
    }
    shared_.workers.stop();
    shared_.addresses->close();
    for (const auto& weak : listening) {
      if (const auto open = weak.lock(); open && !open->wait_closed(kStopGrace)) {
        base::log_warning("a stream did not end in time");
      }
    }
    work_.reset();
    threads_.clear();  // joins: io_ runs out of work
  }

 private:
  void serve() {
    for (;;) {
      try {
        io_.run();
        return;
      } catch (const std::exception& error) {
        base::log_error("stream server: an exception escaped", {{"what", error.what()}});
      }
    }
  }

  StreamShared shared_;
  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io_.get_executor()};
  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<std::weak_ptr<Listening>> listening_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::unique_ptr<StreamService> StreamService::make(StreamServiceOptions options) {
  return std::make_unique<AsioStreamService>(std::move(options));
}

}  // namespace net
