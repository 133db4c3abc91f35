#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/http.h"

namespace op {

/// The kind of a request to a kubelet. One per family of paths; see
/// pkg/kubelet/server/server.go of Kubernetes.
enum class KubeletVerb {
  kLogs,
  kExec,
  kAttach,
  kPortForward,
  kRun,
  kPods,
  kHealthz,
  kConfigz,
  kStatsSummary,
  kMetrics,
  kMetricsResource,
};

/// The query of /containerLogs, in the names of the API.
struct LogOptions {
  bool follow = false;
  bool previous = false;
  bool timestamps = false;
  std::optional<std::int64_t> tail_lines = std::nullopt;
  std::optional<std::int64_t> since_seconds = std::nullopt;
  std::optional<base::Time> since_time = std::nullopt;
  std::optional<std::int64_t> limit_bytes = std::nullopt;
  std::string stream = {};  ///< "", "All", "Stdout" or "Stderr"
};

/// The query of /exec and /attach.
struct ConsoleOptions {
  bool in = false;
  bool out = false;
  bool err = false;
  bool tty = false;
  std::vector<std::string> command = {};
};

/// A request to a burst node as a value. Fields that its kind does not need are empty.
struct KubeletRequest {
  KubeletVerb verb = KubeletVerb::kHealthz;
  std::string ns = {};
  std::string pod = {};
  std::string uid = {};  ///< "" when the path names none
  std::string container = {};
  LogOptions log = {};
  ConsoleOptions console = {};
  std::vector<std::string> ports = {};  ///< of a port-forward by WebSocket
};

/// Why a kubelet refuses a request, and with which status.
struct KubeletRefusal {
  int status = 404;
  std::string text;
};
inline std::unexpected<KubeletRefusal> refuse_request(int status, std::string text) {
  return std::unexpected(KubeletRefusal{status, std::move(text)});
}

/// Parses method and target (path and query, percent-encoded). 404 for a path that no kubelet serves or that
/// we do not, 405 for the wrong method, 400 and 422 for a bad query. Any bytes are safe.
std::expected<KubeletRequest, KubeletRefusal> parse_kubelet_request(std::string_view method,
                                                                    std::string_view target);

/// The same request to the API server of a provider: path and query of the subresource of pod `twin` in
/// namespace `ns`. Only for logs, exec, attach and port-forward.
std::string provider_target(const KubeletRequest& request, const std::string& ns, const std::string& twin);

/// The `headers` that an upgrade needs on its way to the provider: `Connection`, `Upgrade`, and those with
/// which SPDY and WebSocket agree on the protocol. Nothing else of a client's request leaves the cluster. The
/// WebSocket protocol that carries a token stays in the cluster, too.
net::Headers upgrade_headers(const net::Headers& headers);

}  // namespace op
