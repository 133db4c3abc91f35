#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace net {

/// A received request; the views live as long as the call of the handler. `body` is followed by at least 64
/// readable bytes (simdjson padding).
struct ServerRequest {
  std::string_view method;
  std::string_view target;
  std::string_view content_type;
  std::string_view body;
  /// The body was longer than HttpServerOptions::max_body_bytes; it was read away and `body` is empty.
  bool body_too_large = false;
};

struct ServerReply {
  int status = 200;
  std::string content_type = "application/json";
  std::string body = {};
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  /// 0 takes a free port; see HttpServer::port().
  std::uint16_t port = 0;
  std::size_t threads = 2;
  std::size_t max_body_bytes = 8u << 20;
  /// How long a kept-alive connection may idle. Must be above 90 s, or kube-scheduler's client races the
  /// close.
  std::chrono::seconds idle_timeout = std::chrono::seconds(180);
  /// How long one request may take to arrive.
  std::chrono::seconds read_timeout = std::chrono::seconds(30);
  /// PEM texts; empty means plain HTTP.
  std::string certificate_pem = {};
  std::string key_pem = {};
};

/// Small HTTP/1.1 server: keep-alive, Content-Length on every reply (but 204 and 304), bounded bodies and
/// headers, at most 1024 connections. Bodies above 64 MiB are refused unread with 413. Handlers run on the
/// server's threads, must not block for long and must not throw. Malformed HTTP closes that connection only.
class HttpServer {
 public:
  using Handler = std::function<ServerReply(const ServerRequest&)>;
  virtual ~HttpServer() = default;
  virtual std::uint16_t port() const = 0;
  /// Stops accepting, lets running handlers finish, closes connections; replies get 5 s to leave. Idempotent;
  /// the destructor calls it. Never from a handler: it waits for them.
  virtual void stop() = 0;
};

/// Binds and starts serving. Unavailable with the address in the message when it cannot bind.
base::Result<std::unique_ptr<HttpServer>> start_http_server(HttpServerOptions options,
                                                            HttpServer::Handler handler);

}  // namespace net
