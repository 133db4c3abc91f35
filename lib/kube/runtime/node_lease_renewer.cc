#include "kube/runtime/node_lease_renewer.h"

#include <condition_variable>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "base/time_text.h"

namespace kube {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kLeaseNamespace = "kube-node-lease";
constexpr int kLeaseSeconds = 40;
constexpr milliseconds kEvery{10'000};
/// After a failed round: a lease has room for several of them before it runs out.
constexpr milliseconds kRetryAfter{2'000};
constexpr milliseconds kRequestTimeout{5'000};

nlohmann::json lease_object(const NodeRef& node) {
  return {{"apiVersion", kLeases.api_version()},
          {"kind", kLeases.kind},
          {"metadata",
           {{"name", node.name},
            {"namespace", kLeaseNamespace},
            {"ownerReferences",
             nlohmann::json::array(
                 {{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", node.name}, {"uid", node.uid}}})}}},
          {"spec",
           {{"holderIdentity", node.name},
            {"leaseDurationSeconds", kLeaseSeconds},
            {"renewTime", base::format_micro_time(base::system_clock().now())}}}};
}

base::Result<nlohmann::json> call(Client& client, net::HttpRequest request) {
  request.timeout = kRequestTimeout;
  const auto reply = client.send(std::move(request));
  if (!reply) return base::fail(reply.error());
  auto document = nlohmann::json::parse(reply->body, nullptr, false);
  if (!document.is_object()) return base::fail(base::Code::kMalformed, "lease: not a JSON object");
  return document;
}

std::string renew_time(const nlohmann::json& lease) {
  const nlohmann::json::json_pointer path("/spec/renewTime");
  return lease.contains(path) && lease.at(path).is_string() ? lease.at(path).get<std::string>()
                                                            : std::string();
}

}  // namespace

struct NodeLeaseRenewer::State {
  Client& client;
  std::function<std::vector<NodeRef>()> nodes;
  std::map<std::string, std::string> seen;  ///< node to the renewTime last read or written
  prometheus::Counter& renewals;
  prometheus::Counter& failures;
  std::mutex mutex;
  std::condition_variable_any wake;
  std::jthread thread;

  State(Client& c, std::function<std::vector<NodeRef>()> n, prometheus::Family<prometheus::Counter>& family)
      : client(c),
        nodes(std::move(n)),
        renewals(family.Add({{"result", "renewed"}})),
        failures(family.Add({{"result", "failed"}})) {}

  base::Outcome renew(const NodeRef& node);
  bool round(std::stop_token stop);
  void run(std::stop_token stop);
};

base::Outcome NodeLeaseRenewer::State::renew(const NodeRef& node) {
  auto object = lease_object(node);
  const auto found = call(client, get_request(kLeases, kLeaseNamespace, node.name));
  base::Result<nlohmann::json> written;
  if (!found) {
    if (!found.error().is(base::Code::kNotFound)) return base::fail(found.error());
    written = call(client, create_request(kLeases, kLeaseNamespace, object.dump()));
  } else {
    const auto last = seen.find(node.name);
    const auto now_there = renew_time(*found);
    if (last != seen.end() && last->second != now_there) {
      last->second = now_there;
      return {};
    }
    object["metadata"]["resourceVersion"] = found->at("metadata").value("resourceVersion", "");
    written = call(client, update_request(kLeases, kLeaseNamespace, node.name, object.dump()));
  }
  if (!written) {
    // Another replica was faster: the lease is fresh.
    if (written.error().is(base::Code::kConflict) || written.error().is(base::Code::kAlreadyExists))
      return {};
    return base::fail(written.error());
  }
  seen[node.name] = renew_time(*written);
  renewals.Increment();
  return {};
}

bool NodeLeaseRenewer::State::round(std::stop_token stop) {
  std::map<std::string, std::string> kept;
  bool whole = true;
  for (const auto& node : nodes()) {
    if (stop.stop_requested()) return false;
    const auto renewed = renew(node);
    if (const auto it = seen.find(node.name); it != seen.end()) kept.insert(*it);
    if (renewed) continue;
    whole = false;
    failures.Increment();
    if (renewed.error().is(base::Code::kCancelled)) return false;
    base::log_warning("node lease not renewed", {{"node", node.name}, {"error", renewed.error().text()}});
    // A silent API server would cost a timeout per node; try all of them again soon instead.
    if (renewed.error().is(base::Code::kUnavailable) || renewed.error().is(base::Code::kDeadline))
      return false;
  }
  if (whole) seen = std::move(kept);
  return whole;
}

void NodeLeaseRenewer::State::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto started = base::system_clock().steady_now();
    const bool whole = round(stop);
    std::unique_lock lock(mutex);
    wake.wait_until(lock, stop, started + (whole ? kEvery : kRetryAfter), [] { return false; });
  }
}

NodeLeaseRenewer::NodeLeaseRenewer(Client& client, std::function<std::vector<NodeRef>()> nodes)
    : state_(std::make_unique<State>(client, std::move(nodes),
                                     prometheus::BuildCounter()
                                         .Name("neoburst_node_lease_renewals_total")
                                         .Help("Renewals of burst node leases by result")
                                         .Register(base::metrics()))) {}

NodeLeaseRenewer::~NodeLeaseRenewer() { stop(); }

void NodeLeaseRenewer::start() {
  state_->thread = std::jthread([state = state_.get()](std::stop_token stop) { state->run(stop); });
}

void NodeLeaseRenewer::stop() {
  if (!state_->thread.joinable()) return;
  state_->thread.request_stop();
  state_->thread.join();
}

}  // namespace kube
