#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "extender/verdict.h"
#include "net/http_server.h"

namespace extender {

/// What the request path may look at and ask for. No call does I/O. Thread-safe.
class World {
 public:
  virtual ~World() = default;
  virtual std::shared_ptr<const Snapshot> snapshot() = 0;
  virtual BurstPointer burst(const kube::ObjectKey& key) = 0;
  /// Candidates of a request that is on its way.
  virtual std::vector<std::string> asked(const kube::ObjectKey& key) = 0;
  virtual std::int64_t gpus_in_use(const kube::ObjectKey& claim, const kube::ObjectKey& except) = 0;
  virtual void request(BurstRequest wanted) = 0;
};

/// Answers kube-scheduler (POST /filter, /preempt) and probes (GET /healthz, /readyz,
/// /metrics). Thread-safe; handle() is the handler of the HTTP server.
///
/// A `filter` that cannot be answered gets 200 and {"Error": ...}, which keeps the connection. A `preempt`
/// that cannot be answered gets 4xx and no body: its result has no Error, so any 200 would mean "evict
/// nobody", whereas with `ignorable: true` a failure means "evict as if there were no extender".
class Service {
 public:
  Service(World& world, const base::Clock& clock);
  net::ServerReply handle(const net::ServerRequest& request);
  /// Only the GET paths.
  net::ServerReply handle_probe(const net::ServerRequest& request);

 private:
  net::ServerReply filter(const net::ServerRequest& request);
  net::ServerReply preempt(const net::ServerRequest& request);
  bool holds(const PreemptRequest& request);

  World& world_;
  const base::Clock& clock_;
};

}  // namespace extender
