#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "net/http_server.h"
#include "program/listen_address.h"

namespace program {

/// /healthz (the process answers), /readyz (its caches are full) and /metrics.
class HealthServer {
 public:
  base::Outcome start(const ListenAddress& where);
  void ready(bool is_ready) { ready_.store(is_ready, std::memory_order_release); }
  /// Adds a text in the same format to /metrics, made anew at each scrape on the server's thread.
  /// Everything it uses must live until stop().
  void add_metrics(std::function<std::string()> text);
  void stop() { server_.reset(); }

 private:
  net::ServerReply answer(const net::ServerRequest& request) const;
  std::string metrics() const;

  std::atomic<bool> ready_{false};
  mutable std::mutex mutex_;
  std::function<std::string()> more_metrics_;
  std::unique_ptr<net::HttpServer> server_;  // last: its threads use the members above
};

}  // namespace program
