#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "net/http.h"

namespace net {

/// Which certificates to trust and which to show. All PEM text, never logged.
struct TlsOptions {
  /// Certificates to trust; empty means the machine's trust store.
  std::string ca_pem = {};
  /// Client certificate (chain) and key; both or neither.
  std::string certificate_pem = {};
  std::string key_pem = {};
  /// The name to verify and to send as SNI in place of the host (`tls-server-name` of a kubeconfig).
  std::string server_name = {};
  /// Accept any certificate. Only for a kubeconfig that says so; callers warn about it.
  bool insecure_skip_verify = false;
};

/// "https://host:port/prefix" taken apart. IPv6 hosts come without brackets.
struct Endpoint {
  bool tls = true;
  std::string host;
  std::uint16_t port = 443;
  std::string path_prefix = {};
};
base::Result<Endpoint> parse_endpoint(std::string_view url);

struct HttpClientOptions {
  Endpoint endpoint;
  TlsOptions tls = {};
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);
  /// Idle connections kept for reuse.
  std::size_t max_idle_connections = 8;
  /// Larger replies fail with Malformed: every reply of a remote is bounded.
  std::size_t max_body_bytes = 256u << 20;
};

/// A reply whose body is read piece by piece (watches). Owned and used by one thread; dropping it closes the
/// connection.
class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual const HttpResponse& head() const = 0;
  /// Waits for the next bytes of the body, at most `wait`. Returns their number, 0 at the body's end;
  /// Deadline when nothing came in time (the stream stays usable), Cancelled when `stop` was requested,
  /// Unavailable when the connection broke, also if it broke before the body's declared end.
  virtual base::Result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds wait,
                                              std::stop_token stop) = 0;
};

/// HTTP/1.1 client for one endpoint with a pool of kept-alive connections. Thread-safe; calls block.
///
/// A request is sent again on a fresh connection if the server had closed the reused one, but
/// only if the method is idempotent (GET, PUT, DELETE) or no byte of it had been written. Failures:
/// Unavailable (refused, reset, TLS failure with the reason), Deadline, Cancelled, Malformed (not HTTP, too
/// large), Unauthenticated (the client certificate we would show has expired), Invalid (the request could
/// smuggle in another, or sets Content-Length, Transfer-Encoding, Expect or Upgrade itself). Any HTTP status
/// is a success here.
class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual base::Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop) = 0;
  /// Sends `request` and returns once the reply's header has been read.
  virtual base::Result<std::unique_ptr<HttpStream>> open_stream(const HttpRequest& request,
                                                                std::stop_token stop) = 0;
};

/// Invalid when the PEM texts do not parse; says which one, never prints them.
base::Result<std::unique_ptr<HttpClient>> make_http_client(HttpClientOptions options);

}  // namespace net
