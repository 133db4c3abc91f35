#include "operator/feeds/feed_client.h"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <utility>

#include "api/azure_feed.h"
#include "api/lambda_feed.h"
#include "operator/feeds/feed_reply.h"
#include "program/identity.h"

namespace op {
namespace {

using base::Code;

auto cancelled() { return base::fail(Code::kCancelled, "the operator is ending"); }

}  // namespace

/// The line to one API for one poll.
struct FeedClient::Connection {
  std::unique_ptr<FeedHttp> http;
  net::Endpoint endpoint;
  std::string path;
  net::Headers headers;
};

base::Result<FeedClient::Connection> FeedClient::connect(const FeedRequest& request) const {
  auto endpoint = net::parse_endpoint(request.spec.url);
  if (!endpoint) return base::fail(std::move(endpoint.error()).with_context("spec.feed.url"));
  // Prices decide about money, and the key is a secret: neither is sent in the clear.
  if (!endpoint->tls) return base::fail(Code::kInvalid, "spec.feed.url: it must begin with https://");
  Connection out;
  out.path = endpoint->path_prefix.empty() ? "/" : std::exchange(endpoint->path_prefix, {});
  out.endpoint = *endpoint;
  out.headers = {{"Accept", "application/json"}, {"User-Agent", program::user_agent(program::kOperator)}};
  if (!request.api_key.empty()) out.headers.push_back({"Authorization", "Bearer " + request.api_key});
  auto http = make_feed_http({.endpoint = *endpoint,
                              .ca_pem = request.spec.ca_bundle,
                              .timeout = limits_.timeout,
                              .max_body_bytes = limits_.max_body_bytes});
  if (!http) return base::fail(std::move(http.error()).with_context("spec.feed.caBundle"));
  out.http = std::move(*http);
  return out;
}

base::Result<market::FeedSnapshot> FeedClient::fetch(const FeedRequest& request, std::stop_token stop) {
  auto connection = connect(request);
  if (!connection) return base::fail(std::move(connection.error()));
  auto feed = request.spec.type == api::FeedType::kLambda ? fetch_lambda(*connection, stop)
                                                          : fetch_azure(*connection, request, stop);
  if (!feed) return base::fail(std::move(feed.error()).with_context(connection->endpoint.host));
  feed->as_of = clock_.now();
  return feed;
}

bool FeedClient::wait_turn(const std::string& host, std::stop_token stop) {
  const auto now = clock_.steady_now();
  auto& turn = next_turn_[host];
  const auto mine = std::max(turn, now);
  turn = mine + limits_.apart;
  std::mutex mutex;
  std::condition_variable_any nobody_signals;
  std::unique_lock lock(mutex);
  nobody_signals.wait_for(lock, stop, mine - now, [] { return false; });
  return !stop.stop_requested();
}

base::Result<std::string> FeedClient::get(Connection& connection, const std::string& target,
                                          std::stop_token stop) {
  if (!wait_turn(connection.endpoint.host, stop)) return cancelled();
  auto reply = connection.http->get(target, connection.headers, stop);
  if (!reply) return base::fail(std::move(reply.error()));
  if (auto checked = check_feed_reply(*reply); !checked) return base::fail(std::move(checked.error()));
  return std::move(reply->body);
}

base::Result<market::FeedSnapshot> FeedClient::fetch_lambda(Connection& connection, std::stop_token stop) {
  const auto body = get(connection, connection.path, stop);
  if (!body) return base::fail(body.error());
  return api::parse_lambda_instance_types(*body);
}

base::Result<market::FeedSnapshot> FeedClient::fetch_azure(Connection& connection, const FeedRequest& request,
                                                           std::stop_token stop) {
  market::FeedSnapshot feed;
  feed.currency = request.spec.currency;
  int pages = 0;
  for (const auto& region : request.regions) {
    std::string target = connection.path + azure_query(region, feed.currency);
    while (!target.empty()) {
      if (++pages > limits_.max_pages) {
        return base::fail(Code::kMalformed, "more than " + std::to_string(limits_.max_pages) + " pages");
      }
      const auto body = get(connection, target, stop);
      if (!body) return base::fail(body.error());
      const auto link = api::add_azure_page(*body, clock_.now(), feed);
      if (!link) return base::fail(link.error());
      target.clear();
      if (link->empty()) continue;
      auto next = target_of_link(*link, connection.endpoint);
      if (!next) return base::fail(std::move(next.error()));
      target = std::move(*next);
    }
  }
  if (feed.entries.empty()) {
    return base::fail(
        Code::kMalformed,
        "it has no price of a GPU that Neoburst knows in the regions of spec.regions: name them "
        "as Azure does, such as \"westeurope\"");
  }
  return feed;
}

}  // namespace op
