#include "net/stream_session.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "net/reply_text.h"
#include "net/request_text.h"

namespace net {
namespace {

constexpr std::size_t kHeadChunkBytes = 4 * 1024;
constexpr std::chrono::seconds kReplyTimeout{10};

ServerReply plain(int status, std::string text) { return {status, "text/plain", std::move(text)}; }

}  // namespace

StreamSession::StreamSession(std::shared_ptr<StreamPort> port, std::shared_ptr<TlsSocket> socket)
    : port_(std::move(port)),
      shared_(port_->shared),
      socket_(std::move(socket)),
      timer_(socket_->tcp().get_executor()) {
  shared_.connections.fetch_add(1, std::memory_order_relaxed);
  shared_.metrics.connections.Increment();
}

StreamSession::~StreamSession() {
  shared_.newcomers.leave(newcomer_);
  give_back_long_head();
  if (is_on_port_) port_->streams.fetch_sub(1, std::memory_order_relaxed);
  if (relay_) shared_.metrics.streams.Decrement();
  shared_.metrics.connections.Decrement();
  shared_.connections.fetch_sub(1, std::memory_order_relaxed);
  port_->sessions.remove(this);
}

void StreamSession::start() {
  if (const auto oldest = shared_.newcomers.enter(shared_from_this(), newcomer_)) {
    shared_.metrics.refused(StreamRefusal::kNewcomers);
    oldest->abort();
  }
  boost::asio::dispatch(socket_->tcp().get_executor(), [self = shared_from_this()] { self->handshake(); });
}

void StreamSession::abort() {
  boost::asio::post(socket_->tcp().get_executor(), [self = shared_from_this()] { self->close(); });
}

void StreamSession::expect_within(std::chrono::milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([weak = weak_from_this()](const Error& error) {
    if (error) return;
    if (const auto self = weak.lock()) self->close();
  });
}

void StreamSession::close() {
  closed_ = true;
  timer_.cancel();
  socket_->close();
  if (const auto call = call_) call->cancel();
  if (const auto relay = relay_) relay->close();
}

void StreamSession::handshake() {
  if (closed_) return;
  Error ignored;
  const auto peer = socket_->tcp().remote_endpoint(ignored);
  request_.peer_address = peer.address().to_string() + ":" + std::to_string(peer.port());
  expect_within(shared_.options.head_timeout);
  socket_->async_handshake(TlsSide::kServer, [self = shared_from_this()](const Error& error, std::size_t) {
    if (error) return self->close();
    self->request_.client_chain_pem = client_chain_pem(self->socket_->ssl());
    self->read_head();
  });
}

void StreamSession::read_head() {
  const std::size_t before = received_.size();
  received_.resize(before + kHeadChunkBytes);
  socket_->async_read_some(std::span(received_).subspan(before),
                           [self = shared_from_this(), before](const Error& error, std::size_t count) {
                             if (error) return self->close();
                             self->received_.resize(before + count);
                             const std::size_t end = head_end(self->received_, before);
                             if (end != std::string::npos) return self->handle(end);
                             self->read_more_of_head();
                           });
}

void StreamSession::read_more_of_head() {
  if (received_.size() >= shared_.options.max_head_bytes) {
    return reply(plain(431, "the request's head is too long\n"));
  }
  if (received_.size() >= kLongHeadBytes && !take_long_head()) return turn_away(StreamRefusal::kLongHeads);
  read_head();
}

bool StreamSession::take_long_head() {
  if (has_long_head_) return true;
  has_long_head_ = shared_.long_heads.fetch_add(1) < shared_.options.max_long_heads;
  if (!has_long_head_) shared_.long_heads.fetch_sub(1);
  return has_long_head_;
}

void StreamSession::give_back_long_head() {
  if (std::exchange(has_long_head_, false)) shared_.long_heads.fetch_sub(1);
}

void StreamSession::handle(std::size_t head_size) {
  timer_.cancel();
  shared_.newcomers.leave(newcomer_);
  auto head = parse_request_head(std::string_view(received_).substr(0, head_size));
  if (!head) return reply(plain(400, head.error().message + "\n"));
  received_ = received_.substr(head_size);  // a copy: the memory of a long head is given back
  request_.head = std::move(*head);
  request_.is_upgrade = has_header_word(request_.head.headers, "Connection", "upgrade") &&
                        !find_header(request_.head.headers, "Upgrade").empty();
  is_on_port_ = port_->streams.fetch_add(1) < shared_.options.max_port_streams;
  if (!is_on_port_) {
    port_->streams.fetch_sub(1);
    return turn_away(StreamRefusal::kPort);
  }
  // The handler holds the session. Nothing is read meanwhile, so early bytes of the client do no harm.
  const bool taken = shared_.workers.add([self = shared_from_this()] { self->port_->handler(self); });
  if (!taken) turn_away(StreamRefusal::kWorkers);
}

void StreamSession::turn_away(StreamRefusal why) {
  shared_.metrics.refused(why);
  reply(plain(503, "too many requests at once; try again\n"));
}

void StreamSession::reply(ServerReply reply) {
  boost::asio::post(socket_->tcp().get_executor(), [self = shared_from_this(), reply = std::move(reply)] {
    self->write(make_reply_text(reply, {.head_only = self->request_.head.method == "HEAD"}));
  });
}

void StreamSession::write(std::string text) {
  if (closed_) return;
  text_ = std::move(text);
  expect_within(kReplyTimeout);
  socket_->async_write(text_, [self = shared_from_this()](const Error& error, std::size_t) {
    if (error) return self->close();
    self->linger();
  });
}

void StreamSession::linger() {
  text_ = std::string();
  expect_within(kLinger);
  socket_->async_shutdown([self = shared_from_this()](const Error& error, std::size_t) {
    if (error) return self->close();
    self->watch_client();
  });
}

void StreamSession::watch_client() {
  if (!std::exchange(reading_, true)) read_away();
}

void StreamSession::read_away() {
  received_.resize(kHeadChunkBytes);
  socket_->async_read_some(received_, [self = shared_from_this()](const Error& error, std::size_t count) {
    self->read_away_ += count;
    if (error || self->read_away_ > kMaxLingerBytes) return self->close();
    self->read_away();
  });
}

void StreamSession::forward(Forward forward, Refused refused) {
  const auto deadline = std::chrono::steady_clock::now() + forward.request.timeout;
  const DialPlan& server = *forward.upstream;
  if (!request_.is_upgrade) forward.request.headers.push_back({"Connection", "close"});
  if (!server.endpoint.tls) {
    return refuse(refused, base::fail(base::Code::kUnavailable,
                                      server.address_text() + ": streams need https, not http"));
  }
  if (auto expired = server.expiry(); !expired.empty()) {
    return refuse(refused, base::fail(base::Code::kUnauthenticated, std::move(expired)));
  }
  auto text = make_upgrade_text(server.endpoint, forward.request);
  if (!text) return refuse(refused, base::fail(std::move(text.error())));
  const auto strand = socket_->tcp().get_executor();
  auto next = std::make_shared<UpstreamCall>(strand, forward.upstream, std::move(*text), request_.is_upgrade);
  boost::asio::post(strand, [self = shared_from_this(), next = std::move(next), deadline,
                             patience = forward.head_timeout, refused = std::move(refused)]() mutable {
    self->call(std::move(next), deadline, patience, std::move(refused));
  });
}

void StreamSession::call(std::shared_ptr<UpstreamCall> next, std::chrono::steady_clock::time_point deadline,
                         std::chrono::milliseconds head_timeout, Refused refused) {
  if (closed_) return;
  // For a plain reply only the client's end matters: its own bytes must never reach the server, which
  // would take them for a request of ours. After an upgrade the client may speak, once the server has agreed.
  if (!request_.is_upgrade) watch_client();
  call_ = std::move(next);
  call_->start(*shared_.addresses, deadline, head_timeout,
               [self = shared_from_this(), refused = std::move(refused)](base::Result<UpstreamReply> reply) {
                 self->call_.reset();
                 if (self->closed_) return;
                 if (!reply) return self->refuse(refused, base::fail(std::move(reply.error())));
                 if (!reply->socket) return self->refuse(refused, std::move(reply->refusal));
                 self->relay(std::move(*reply));
               });
}

void StreamSession::relay(UpstreamReply reply) {
  request_.head = {};  // up to a MiB, and not needed any more
  request_.client_chain_pem = std::string();
  give_back_long_head();
  shared_.metrics.streams.Increment();
  relay_ = std::make_shared<Relay>(socket_, std::move(reply.socket),
                                   RelayOptions{.both_ways = request_.is_upgrade,
                                                .half_open_timeout = shared_.options.half_open_timeout,
                                                .bytes = &shared_.relayed_bytes});
  // The relay keeps the session, and so its place among the connections, until its end.
  std::string early = request_.is_upgrade ? std::exchange(received_, {}) : std::string();
  relay_->start(std::move(reply.received), std::move(early), shared_from_this());
}

void StreamSession::refuse(const Refused& refused, base::Result<HttpResponse> reply) {
  const bool taken = shared_.workers.add(
      [self = shared_from_this(), refused, reply = std::move(reply)] { refused(self, reply); });
  if (!taken) turn_away(StreamRefusal::kWorkers);
}

}  // namespace net
