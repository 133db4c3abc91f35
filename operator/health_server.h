#pragma once

#include <atomic>
#include <memory>

#include "net/http_server.h"
#include "operator/options.h"

namespace op {

/// /healthz (the process answers), /readyz (its caches are full) and /metrics.
class HealthServer {
 public:
  base::Outcome start(const Options& options);
  void ready(bool is_ready) { ready_.store(is_ready, std::memory_order_release); }
  void stop() { server_.reset(); }

 private:
  net::ServerReply answer(const net::ServerRequest& request) const;

  std::atomic<bool> ready_{false};
  std::unique_ptr<net::HttpServer> server_;  // last: its threads use the members above
};

}  // namespace op
