#include "operator/kubelet/provider_streams.h"

#include <utility>

#include "program/identity.h"

namespace op {

base::Result<net::Upstream> ProviderStreams::upstream_of(const std::shared_ptr<RemoteCluster>& cluster) {
  {
    const std::lock_guard lock(mutex_);
    const auto known = known_.find(cluster->name());
    if (known != known_.end() && known->second.cluster.lock() == cluster) return known->second.upstream;
  }
  const kube::ClientConfig& config = cluster->client().config();
  auto made = net::make_upstream(config.endpoint, config.tls);
  if (!made) return made;
  const std::lock_guard lock(mutex_);
  std::erase_if(known_, [](const auto& entry) { return entry.second.cluster.expired(); });
  known_[cluster->name()] = Known{cluster, *made};
  return made;
}

void ProviderStreams::open(const std::shared_ptr<net::StreamExchange>& exchange,
                           const std::shared_ptr<RemoteCluster>& cluster, Call call,
                           net::StreamExchange::Refused refused) {
  send(exchange, cluster, std::move(call), std::move(refused), false);
}

void ProviderStreams::send(const std::shared_ptr<net::StreamExchange>& exchange,
                           const std::shared_ptr<RemoteCluster>& cluster, Call call,
                           net::StreamExchange::Refused refused, bool again) {
  auto upstream = upstream_of(cluster);
  if (!upstream) return refused(exchange, base::fail(std::move(upstream.error())));
  net::Forward forward{
      .upstream = std::move(*upstream),
      .request = {.method = call.method,
                  .target = call.target,
                  .headers = call.headers,
                  .timeout = deadlines_.connect},
      .head_timeout = call.waits_for_head ? std::chrono::milliseconds::zero() : deadlines_.head};
  forward.request.headers.push_back({"User-Agent", program::user_agent(program::kOperator)});
  const auto source = cluster->client().config().token;
  bool has_token = false;
  if (source) {
    auto token = source->token();
    if (!token) return refused(exchange, base::fail(std::move(token.error())));
    has_token = !token->empty();
    if (has_token) forward.request.headers.push_back({"Authorization", "Bearer " + *token});
  }
  if (again || !has_token) return exchange->forward(std::move(forward), std::move(refused));
  exchange->forward(std::move(forward),
                    [this, cluster, call = std::move(call), refused = std::move(refused), source](
                        std::shared_ptr<net::StreamExchange> back, base::Result<net::HttpResponse> reply) {
                      if (!reply || reply->status != 401) return refused(std::move(back), std::move(reply));
                      source->invalidate();
                      send(back, cluster, call, refused, true);
                    });
}

}  // namespace op
