#include "net/upstream_call.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <stdexcept>
#include <utility>

#include "net/request_head.h"
#include "net/tls_verify.h"

namespace net {
namespace {

namespace http = boost::beast::http;

constexpr std::size_t kChunkBytes = 16 * 1024;
constexpr std::size_t kMaxHeadBytes = 64 * 1024;
constexpr std::size_t kMaxRefusalBytes = 64 * 1024;

/// The status of a reply's head, 0 when it is none.
unsigned status_of(std::string_view head) {
  http::response_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  boost::beast::error_code ignored;
  try {
    parser.put(boost::asio::buffer(head.data(), head.size()), ignored);
  } catch (const std::length_error&) {  // Beast keeps no header of more than 64 KiB
    return 0;
  }
  return parser.is_header_done() ? parser.get().result_int() : 0;
}

}  // namespace

UpstreamCall::UpstreamCall(boost::asio::any_io_executor strand, Upstream upstream, std::string text,
                           bool is_upgrade)
    : strand_(std::move(strand)),
      upstream_(std::move(upstream)),
      text_(std::move(text)),
      is_upgrade_(is_upgrade),
      connecting_(strand_),
      timer_(strand_),
      connect_timer_(strand_) {}

void UpstreamCall::start(AddressBook& addresses, std::chrono::steady_clock::time_point deadline,
                         std::chrono::milliseconds head_timeout, Done done) {
  deadline_ = deadline;
  head_timeout_ = head_timeout;
  done_ = std::move(done);
  expect_by(deadline);
  const Endpoint& server = upstream_->endpoint;
  addresses.find(server.host, server.port,
                 [weak = weak_from_this()](base::Result<AddressBook::Addresses> found) {
                   const auto self = weak.lock();
                   if (!self) return;
                   boost::asio::post(self->strand_, [self, found = std::move(found)]() mutable {
                     if (!self->done_) return;
                     if (!found) return self->fail(found.error().code, found.error().message);
                     self->addresses_ = std::move(*found);
                     self->connect();
                   });
                 });
}

void UpstreamCall::expect_by(std::chrono::steady_clock::time_point deadline) {
  timer_.expires_at(deadline);
  timer_.async_wait([self = shared_from_this()](const Error& error) {
    if (error) return;
    self->fail(base::Code::kDeadline,
               self->addresses_.empty() ? "no answer from the name service" : "no answer in time");
  });
}

void UpstreamCall::cancel() { fail(base::Code::kCancelled, "cancelled"); }

void UpstreamCall::connect() {
  connecting_ = boost::asio::ip::tcp::socket(strand_);
  expect_connection();
  connecting_.async_connect(addresses_[next_], [self = shared_from_this()](const Error& error) {
    if (!self->done_) return;
    self->connect_timer_.cancel();
    // Closed: the connection came right after its time was over.
    if (!error && self->connecting_.is_open()) return self->handshake(std::move(self->connecting_));
    if (++self->next_ == self->addresses_.size()) return self->fail("connecting", error);
    self->connect();
  });
}

void UpstreamCall::expect_connection() {
  const auto left = static_cast<long>(addresses_.size() - next_);
  if (left == 1) return;  // the last one may use all the time that is left
  const auto now = std::chrono::steady_clock::now();
  connect_timer_.expires_at(now + (deadline_ - now) / left);
  connect_timer_.async_wait([self = shared_from_this(), attempt = next_](const Error& error) {
    if (error || self->next_ != attempt) return;
    Error ignored;
    self->connecting_.close(ignored);  // ends the attempt
  });
}

void UpstreamCall::handshake(boost::asio::ip::tcp::socket socket) {
  socket_ = TlsSocket::make(std::move(socket), upstream_->tls);
  if (!socket_) return fail(base::Code::kUnavailable, "no memory for a TLS connection");
  if (!upstream_->verify_name.empty()) {
    const auto expected = expect_peer(socket_->ssl(), upstream_->verify_name);
    if (!expected) return fail(base::Code::kUnavailable, expected.error().message);
  }
  socket_->async_handshake(TlsSide::kClient, [self = shared_from_this()](const Error& error, std::size_t) {
    if (!self->done_) return;
    if (!error) return self->send();
    self->fail(base::Code::kUnavailable,
               "TLS handshake: " + handshake_failure(self->socket_->ssl(), self->upstream_->verify_name,
                                                     self->socket_->why()));
  });
}

void UpstreamCall::send() {
  socket_->async_write(text_, [self = shared_from_this()](const Error& error, std::size_t) {
    if (!self->done_) return;
    if (error) return self->fail("writing the request", error);
    if (self->head_timeout_ > std::chrono::milliseconds::zero()) {
      self->expect_by(std::chrono::steady_clock::now() + self->head_timeout_);
    } else {
      self->timer_.cancel();
    }
    self->chunk_.resize(kChunkBytes);
    self->read();
  });
}

void UpstreamCall::read() {
  socket_->async_read_some(chunk_, [self = shared_from_this()](const Error& error, std::size_t count) {
    if (!self->done_) return;
    self->at_end_ = error == boost::asio::error::eof;
    if (error && !self->at_end_) return self->fail("reading the reply", error);
    self->received_.append(self->chunk_.data(), count);
    if (self->refusal_) return self->look_at_body();
    self->look_at_head();
  });
}

void UpstreamCall::look_at_head() {
  for (;;) {
    const auto end = head_end(received_);
    if (end == std::string::npos) {
      if (at_end_) return fail(base::Code::kUnavailable, "it closed the connection without an answer");
      if (received_.size() > kMaxHeadBytes)
        return fail(base::Code::kMalformed, "the reply's head is too long");
      return read();
    }
    const unsigned status = status_of(std::string_view(received_).substr(0, end));
    if (status == 0) return fail(base::Code::kMalformed, "the reply is not HTTP");
    const bool is_stream = is_upgrade_ ? status == 101 : status / 100 == 2;
    if (is_stream) return finish(UpstreamReply{std::move(socket_), std::move(received_), {}});
    if (status == 101) return fail(base::Code::kMalformed, "it changed to a protocol that nobody asked for");
    if (status / 100 != 1) break;
    received_.erase(0, end);  // an interim reply
  }
  refusal_.emplace();
  refusal_->eager(true);
  refusal_->header_limit(kMaxHeadBytes + kChunkBytes);
  refusal_->body_limit(kMaxRefusalBytes);
  look_at_body();
}

void UpstreamCall::look_at_body() {
  Error error;
  while (!received_.empty() && !refusal_->is_done() && !error) {
    const auto taken = refusal_->put(boost::asio::buffer(received_), error);
    received_.erase(0, taken);
  }
  const bool is_long = error == http::error::body_limit;
  if (error && !is_long && error != http::error::need_more) {
    return fail(base::Code::kMalformed, "the reply is not HTTP");
  }
  if (!refusal_->is_done() && !is_long && !at_end_) return read();
  UpstreamReply reply;
  reply.refusal.status = refusal_->get().result_int();
  reply.refusal.body = std::move(refusal_->get().body());
  socket_->close();
  finish(std::move(reply));
}

void UpstreamCall::fail(base::Code code, const std::string& what) {
  Error ignored;
  connecting_.close(ignored);
  if (socket_) socket_->close();
  finish(base::fail(code, upstream_->address_text() + ": " + what));
}

void UpstreamCall::fail(const std::string& doing, const Error& error) {
  const bool has_reason = socket_ && !socket_->why().empty();
  fail(base::Code::kUnavailable, doing + ": " + (has_reason ? socket_->why() : error.message()));
}

void UpstreamCall::finish(base::Result<UpstreamReply> reply) {
  timer_.cancel();
  connect_timer_.cancel();
  const Done done = std::exchange(done_, nullptr);
  if (done) done(std::move(reply));
}

}  // namespace net
