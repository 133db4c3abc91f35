#include "extender/service.h"

#include <chrono>
#include <string>
#include <utility>

#include "base/log.h"
#include "base/metrics.h"
#include "extender/service_metrics.h"
#include "extender/wire.h"
#include "market/offer.h"

namespace extender {
namespace {

WireReader& reader() {
  thread_local WireReader one;
  return one;
}

net::ServerReply text_reply(int status, std::string text) {
  return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

net::ServerReply empty_reply(int status) { return text_reply(status, {}); }

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

bool is_home_node(std::string_view node) { return !market::is_burst_node(node); }

/// The scheduler retries a malformed request as often as it likes. The log has the reason, never the
/// body.
void log_refused(std::string_view verb, const base::Status& why) {
  base::log_warning("cannot answer the scheduler", {{"verb", std::string(verb)}, {"error", why.text()}});
}

const base::Status& too_large() {
  static const base::Status status{
      base::Code::kMalformed, "the request is too large: configure nodeCacheCapable: true for this extender"};
  return status;
}

}  // namespace

Service::Service(World& world, const base::Clock& clock) : world_(world), clock_(clock) { service_metrics(); }

net::ServerReply Service::handle(const net::ServerRequest& request) {
  const auto path = path_of(request.target);
  const bool is_filter = path == "/filter";
  if (!is_filter && path != "/preempt") return handle_probe(request);
  if (request.method != "POST") return empty_reply(405);
  return is_filter ? filter(request) : preempt(request);
}

net::ServerReply Service::handle_probe(const net::ServerRequest& request) {
  const auto path = path_of(request.target);
  if (path != "/healthz" && path != "/readyz" && path != "/metrics") return empty_reply(404);
  if (request.method != "GET" && request.method != "HEAD") return empty_reply(405);
  if (path == "/metrics") {
    return {.status = 200,
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
            .body = base::metrics_text()};
  }
  if (path == "/healthz" || world_.snapshot()->synced) return text_reply(200, "ok\n");
  return text_reply(503, "the caches are not filled yet\n");
}

net::ServerReply Service::filter(const net::ServerRequest& http) {
  const auto start = clock_.steady_now();
  auto& metrics = service_metrics();
  auto request = http.body_too_large ? base::Result<FilterRequest>(base::fail(too_large()))
                                     : reader().read_filter(http.body);
  if (!request) {
    log_refused("filter", request.error());
    metrics.filter_error->Increment();
    return {.status = 200, .content_type = "application/json", .body = error_reply(request.error().message)};
  }
  const auto snapshot = world_.snapshot();
  const auto record = world_.burst(request->pod.burst_key());
  auto verdict = judge_filter(*request, *snapshot, record ? &record->burst : nullptr);

  FilterReply reply(http.body.size() + 256);
  for (auto node : request->nodes) {
    if (verdict.keeps(node)) {
      reply.keep(node);
    } else {
      reply.remove(node, verdict.reason(node));
    }
  }
  if (verdict.wanted) world_.request(std::move(*verdict.wanted));
  metrics.filter_result(verdict.result).Increment();
  metrics.filter_seconds->Observe(std::chrono::duration<double>(clock_.steady_now() - start).count());
  return {.status = 200, .content_type = "application/json", .body = std::move(reply).finish()};
}

net::ServerReply Service::preempt(const net::ServerRequest& http) {
  const auto start = clock_.steady_now();
  auto& metrics = service_metrics();
  if (http.body_too_large) {
    log_refused("preempt", too_large());
    metrics.preempt_error->Increment();
    return empty_reply(413);
  }
  auto request = reader().read_preempt(http.body);
  if (!request) {
    log_refused("preempt", request.error());
    metrics.preempt_error->Increment();
    return empty_reply(400);
  }
  const bool held = holds(*request);
  if (held) request->nodes.clear();
  (held ? metrics.preempt_held : metrics.preempt_home)->Increment();
  metrics.preempt_seconds->Observe(std::chrono::duration<double>(clock_.steady_now() - start).count());
  return {.status = 200, .content_type = "application/json", .body = preempt_reply(*request, is_home_node)};
}

bool Service::holds(const PreemptRequest& request) {
  const auto& pod = request.pod;
  const auto snapshot = world_.snapshot();
  const auto* claim = find_claim(pod, *snapshot).claim;
  if (claim == nullptr) return false;
  const auto key = pod.burst_key();
  const auto record = world_.burst(key);
  PreemptFacts facts{.record = record && record->burst.pod_uid == pod.uid ? &record->burst : nullptr,
                     .asked = world_.asked(key),
                     .now = clock_.now()};
  if (claim->rules.max_gpus) facts.claim_gpus = world_.gpus_in_use(claim->meta.key(), key);
  return holds_preemption(pod, *snapshot, facts);
}

}  // namespace extender
