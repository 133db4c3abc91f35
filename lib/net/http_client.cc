#include "net/http_client.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <vector>

#include "net/connection.h"
#include "net/http_stream.h"
#include "net/reply_reader.h"
#include "net/request_text.h"

namespace net {
namespace {

/// Bytes simdjson may read behind a body.
constexpr std::size_t kPadding = 64;
constexpr std::size_t kBodyChunk = 16 * 1024;

/// Kept-alive connections, the most recently used first, so that the others can idle out. Thread-safe.
class IdleConnections {
 public:
  explicit IdleConnections(std::size_t limit) : limit_(limit) {}

  /// Null when there is none that still seems alive.
  std::unique_ptr<Connection> take() {
    for (;;) {
      std::unique_ptr<Connection> connection;
      {
        const std::lock_guard lock(mutex_);
        if (idle_.empty()) return nullptr;
        connection = std::move(idle_.back());
        idle_.pop_back();
      }
      if (connection->is_quiet()) return connection;
    }
  }

  void put(std::unique_ptr<Connection> connection) {
    connection->shrink();
    const std::lock_guard lock(mutex_);
    if (idle_.size() < limit_) idle_.push_back(std::move(connection));
  }

 private:
  const std::size_t limit_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_;
};

class PooledClient final : public HttpClient {
 public:
  PooledClient(HttpClientOptions options, std::shared_ptr<const DialPlan> plan)
      : options_(std::move(options)), plan_(std::move(plan)), idle_(options_.max_idle_connections) {}

  base::Result<HttpResponse> send(const HttpRequest& request, std::stop_token stop) override {
    const Limit limit{std::chrono::steady_clock::now() + request.timeout, std::move(stop)};
    auto reply = open(request, limit, options_.max_body_bytes);
    if (!reply) return base::fail(std::move(reply.error()));
    if (auto read = read_body(*reply, limit); !read) return base::fail(std::move(read.error()));
    if (reply->reader->can_reuse()) idle_.put(std::move(reply->connection));
    return std::move(reply->head);
  }

  base::Result<std::unique_ptr<HttpStream>> open_stream(const HttpRequest& request,
                                                        std::stop_token stop) override {
    const Limit limit{std::chrono::steady_clock::now() + request.timeout, std::move(stop)};
    auto reply = open(request, limit, std::nullopt);
    if (!reply) return base::fail(std::move(reply.error()));
    return make_http_stream(std::move(*reply));
  }

 private:
  /// Sends `request` and reads the reply's header, on an idle connection if there is one.
  base::Result<OpenReply> open(const HttpRequest& request, const Limit& limit,
                               std::optional<std::uint64_t> max_body) {
    const auto text = make_request_text(options_.endpoint, request);
    if (!text) return base::fail(text.error());
    if (limit.stop.stop_requested()) return base::fail(base::Code::kCancelled, "cancelled");
    if (auto idle = idle_.take()) {
      bool may_retry = false;
      auto reply = exchange(std::move(idle), request, *text, limit, max_body, may_retry);
      if (reply || !may_retry) return reply;
    }
    const auto connect_deadline = std::chrono::steady_clock::now() + options_.connect_timeout;
    auto fresh = Connection::dial(plan_, Limit{std::min(limit.deadline, connect_deadline), limit.stop});
    if (!fresh) return base::fail(std::move(fresh.error()));
    bool unused = false;
    return exchange(std::move(*fresh), request, *text, limit, max_body, unused);
  }

  /// After a failure, `may_retry` says whether sending again on another connection is safe.
  static base::Result<OpenReply> exchange(std::unique_ptr<Connection> connection, const HttpRequest& request,
                                          const std::string& text, const Limit& limit,
                                          std::optional<std::uint64_t> max_body, bool& may_retry) {
    std::size_t written = 0;
    if (auto wrote = connection->write(text, limit, written); !wrote) {
      may_retry =
          wrote.error().is(base::Code::kUnavailable) && (written == 0 || is_idempotent(request.method));
      return base::fail(std::move(wrote.error()));
    }
    auto reader = std::make_unique<ReplyReader>(*connection, request.method != "HEAD", max_body);
    auto head = reader->read_head(limit);
    if (!head) {
      may_retry =
          head.error().is(base::Code::kUnavailable) && !reader->got_bytes() && is_idempotent(request.method);
      return base::fail(std::move(head.error()));
    }
    return OpenReply{std::move(connection), std::move(reader), std::move(*head)};
  }

  base::Outcome read_body(OpenReply& reply, const Limit& limit) const {
    std::string& body = reply.head.body;
    // Untouched memory costs nothing, so trusting the (limited) declared length is safe.
    body.reserve(std::min<std::size_t>(reply.reader->content_length().value_or(0), options_.max_body_bytes) +
                 kPadding);
    std::array<char, kBodyChunk> chunk;
    for (;;) {
      const auto count = reply.reader->read_body(chunk, limit);
      if (!count) return base::fail(count.error());
      if (*count == 0) return {};
      // Reserving the padding with every piece lets the string grow by doubling and spares a copy at the end.
      body.reserve(body.size() + *count + kPadding);
      body.append(chunk.data(), *count);
    }
  }

  const HttpClientOptions options_;
  const std::shared_ptr<const DialPlan> plan_;
  IdleConnections idle_;
};

}  // namespace

base::Result<std::unique_ptr<HttpClient>> make_http_client(HttpClientOptions options) {
  auto plan = make_upstream(options.endpoint, options.tls);
  if (!plan) return base::fail(std::move(plan.error()));
  options.tls = {};  // the context holds its own copy; no second copy of a key in memory
  return std::make_unique<PooledClient>(std::move(options), std::move(*plan));
}

}  // namespace net
