#include "operator/kubelet/kubelet_handler.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"

namespace op {
namespace {

constexpr std::string_view kBearer = "bearer ";
/// A log that begins before this is complete; larger values would overflow.
constexpr std::int64_t kLongestAgo = std::int64_t{100} * 366 * 24 * 3600;

net::ServerReply with_type(base::Result<std::string> body, const char* type) {
  if (body) return {200, type, std::move(*body)};
  return plain_reply(body.error().is(base::Code::kNotFound) ? 404 : 503, body.error().message);
}

bool needs_upgrade(KubeletVerb verb) { return verb != KubeletVerb::kLogs; }

std::string bearer_token(const net::Headers& headers) {
  const std::string_view value = net::find_header(headers, "Authorization");
  const bool is_bearer = std::ranges::equal(value.substr(0, kBearer.size()), kBearer, {}, [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return is_bearer ? std::string(value.substr(kBearer.size())) : std::string();
}

}  // namespace

KubeletHandler::KubeletHandler(KubeletParts parts, StreamDeadlines deadlines)
    : parts_(parts), providers_(deadlines) {}

void KubeletHandler::handle(const std::string& node, Exchange exchange) {
  const net::StreamRequest& asked = exchange->request();
  const AccessVerdict verdict = check(node, asked);
  if (!verdict.allowed()) {
    base::log_debug("a request to a burst node was refused", {{"node", node},
                                                              {"user", verdict.user},
                                                              {"method", asked.head.method},
                                                              {"status", std::to_string(verdict.status)}});
    return exchange->reply(plain_reply(verdict.status, verdict.text));
  }
  const auto request = parse_kubelet_request(asked.head.method, asked.head.target);
  if (!request) return exchange->reply(plain_reply(request.error().status, request.error().text));
  switch (request->verb) {
    case KubeletVerb::kLogs:
    case KubeletVerb::kExec:
    case KubeletVerb::kAttach:
    case KubeletVerb::kPortForward:
      return stream(node, *request, std::move(exchange));
    default:
      return exchange->reply(answer(node, *request));
  }
}

AccessVerdict KubeletHandler::check(const std::string& node, const net::StreamRequest& request) {
  const KubeletCaller caller{.certificate_chain_pem = request.client_chain_pem,
                             .bearer_token = bearer_token(request.head.headers)};
  return parts_.access.check(caller,
                             {.node = node,
                              .method = request.head.method,
                              .path = request.head.target,
                              .upgrade = request.is_upgrade},
                             stop_.get_token());
}

net::ServerReply KubeletHandler::answer(const std::string& node, const KubeletRequest& request) {
  switch (request.verb) {
    case KubeletVerb::kHealthz:
      return plain_reply(200, "ok");
    case KubeletVerb::kPods:
      return with_type(parts_.metrics.pod_list(node), "application/json");
    case KubeletVerb::kStatsSummary:
      return with_type(parts_.metrics.stats_summary(node), "application/json");
    case KubeletVerb::kMetricsResource:
      return with_type(parts_.metrics.metrics_resource(node), "text/plain; version=0.0.4");
    case KubeletVerb::kMetrics:
      return {200, "text/plain; version=0.0.4", base::metrics_text()};
    case KubeletVerb::kConfigz:
      return {200, "application/json", R"({"kubeletconfig":{}})"};
    default:
      return plain_reply(501, "a burst node runs no commands by /run; use exec\n");
  }
}

void KubeletHandler::stream(const std::string& node, const KubeletRequest& request, Exchange exchange) {
  const net::StreamRequest& asked = exchange->request();
  if (needs_upgrade(request.verb) && !asked.is_upgrade) {
    return exchange->reply(plain_reply(400, "Upgrade request required"));
  }
  if (!needs_upgrade(request.verb) && asked.is_upgrade) {
    return exchange->reply(plain_reply(400, "logs are no protocol to change to"));
  }
  auto target = locate_twin(parts_.home, parts_.clusters, node, request, stop_.get_token());
  if (!target) return exchange->reply(plain_reply(target.error().status, target.error().text));
  if (!target->cluster) return exchange->reply(kept_log(request, target->pod_uid));

  ProviderStreams::Call call{
      .method = asked.head.method,
      .target = provider_target(request, target->remote_namespace, target->twin),
      .headers = asked.is_upgrade ? upgrade_headers(asked.head.headers) : net::Headers(),
      .waits_for_head = request.log.follow};
  const TwinNames names{.provider = target->cluster->name(), .twin = target->twin, .pod = request.pod};
  providers_.open(exchange, target->cluster, std::move(call),
                  [this, request, names, uid = target->pod_uid, ended = target->ended](
                      Exchange back, base::Result<net::HttpResponse> reply) {
                    if (request.verb == KubeletVerb::kLogs &&
                        is_kept_log_due(reply, ended && !request.log.previous) &&
                        parts_.spool.has(uid, request.container)) {
                      return back->reply(kept_log(request, uid));
                    }
                    if (!reply) {
                      base::log_warning("a provider gave no stream",
                                        {{"provider", names.provider}, {"error", reply.error().text()}});
                    }
                    back->reply(answer_without_stream(names, reply));
                  });
}

net::ServerReply KubeletHandler::kept_log(const KubeletRequest& request, const std::string& pod_uid) {
  if (request.verb != KubeletVerb::kLogs) {
    return plain_reply(404, "container not found (\"" + request.container + "\")");
  }
  if (request.log.stream == "Stdout" || request.log.stream == "Stderr") {
    return plain_reply(400, "the pod at the provider is gone, and the log that is kept of it does not tell " +
                                request.log.stream + " from the rest");
  }
  LogQuery query{.tail_lines = request.log.tail_lines,
                 .since = request.log.since_time,
                 .timestamps = request.log.timestamps,
                 .limit_bytes = request.log.limit_bytes};
  if (request.log.since_seconds) {
    query.since =
        parts_.home.clock.now() - std::chrono::seconds(std::min(*request.log.since_seconds, kLongestAgo));
  }
  auto log = request.log.previous ? base::Result<std::string>(base::fail(base::Code::kNotFound, "not kept"))
                                  : parts_.spool.read(pod_uid, request.container, query);
  if (log) return plain_reply(200, std::move(*log));
  return plain_reply(404, "the log of container \"" + request.container + "\" in pod \"" + request.pod +
                              "\" is no longer there: its pod at the provider is gone");
}

}  // namespace op
