#include "program/health_server.h"

#include <utility>

#include "base/metrics.h"

namespace program {

base::Outcome HealthServer::start(const ListenAddress& where) {
  net::HttpServerOptions http;
  http.address = where.address;
  http.port = where.port;
  http.threads = 1;
  auto server =
      net::start_http_server(http, [this](const net::ServerRequest& request) { return answer(request); });
  if (!server) return base::fail(std::move(server.error()));
  server_ = std::move(*server);
  return {};
}

void HealthServer::add_metrics(std::function<std::string()> text) {
  std::lock_guard lock(mutex_);
  more_metrics_ = std::move(text);
}

std::string HealthServer::metrics() const {
  std::function<std::string()> more;
  {
    std::lock_guard lock(mutex_);
    more = more_metrics_;
  }
  return base::metrics_text() + (more ? more() : std::string());
}

net::ServerReply HealthServer::answer(const net::ServerRequest& request) const {
  const auto path = request.target.substr(0, request.target.find('?'));
  if (path == "/healthz") return {200, "text/plain", "ok\n"};
  if (path == "/readyz") {
    if (ready_.load(std::memory_order_acquire)) return {200, "text/plain", "ok\n"};
    return {503, "text/plain", "caches are filling\n"};
  }
  if (path == "/metrics") return {200, "text/plain; version=0.0.4", metrics()};
  return {404, "text/plain", "not found\n"};
}

}  // namespace program
