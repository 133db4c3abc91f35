#include "operator/feeds/feed_line.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "net/tls_verify.h"

namespace op {
namespace {

using base::Code;

/// Room for certificates and headers, beside the body.
constexpr std::size_t kHeadBytes = 128 * 1024;

}  // namespace

// Twice the body: TLS records and chunks add to it, and an honest server may send a body in tiny chunks.
FeedLine::FeedLine(std::string server, std::string name, std::size_t max_body_bytes)
    : server_(std::move(server)),
      name_(std::move(name)),
      max_body_bytes_(max_body_bytes),
      max_wire_bytes_(2 * max_body_bytes + kHeadBytes) {}

FeedLine::~FeedLine() {
  if (ssl_) SSL_set_msg_callback(ssl_.get(), nullptr);
  if (socket_ >= 0) ::close(socket_);
}

void FeedLine::begin() {
  const std::lock_guard lock(mutex_);
  phase_ = Phase::kConnecting;
  received_ = 0;
  reply_.reset();
}

base::Result<net::HttpResponse> FeedLine::wait(const FeedDeadlines& deadlines, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (reply_) return std::move(*reply_);
    if (stop.stop_requested()) return base::fail(Code::kCancelled, "cancelled");
    if (received_ > max_wire_bytes_) return base::fail(too_large());
    const Phase seen = phase_;
    const auto deadline = seen == Phase::kConnecting    ? deadlines.connected
                          : seen == Phase::kHandshaking ? deadlines.handshaken
                                                        : deadlines.answered;
    if (std::chrono::steady_clock::now() >= deadline) return base::fail(deadline_passed());
    changed_.wait_until(lock, stop, deadline,
                        [&] { return reply_.has_value() || received_ > max_wire_bytes_ || phase_ != seen; });
  }
}

bool FeedLine::reached() const {
  const std::lock_guard lock(mutex_);
  return phase_ != Phase::kConnecting;
}

base::Outcome FeedLine::watch(SSL* ssl, std::function<int()> descriptor) {
  if (auto expected = net::expect_peer(ssl, name_); !expected) return expected;
  SSL_set_msg_callback(ssl, &FeedLine::on_record);
  SSL_set_msg_callback_arg(ssl, this);
  SSL_up_ref(ssl);  // its verdict on the certificate is read after the library has closed it
  const std::lock_guard lock(mutex_);
  ssl_.reset(ssl);
  descriptor_ = std::move(descriptor);
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  return {};
}

void FeedLine::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

// Called by the thread that works on the socket, so the library's number is still the right one.
void FeedLine::hold_socket() {
  if (socket_ >= 0 || !descriptor_) return;
  socket_ = ::fcntl(descriptor_(), F_DUPFD_CLOEXEC, 0);
  if (abandoned_ && socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void FeedLine::on_record(int is_write, int, int type, const void* bytes, std::size_t size, SSL* ssl,
                         void* line) {
  if (type != SSL3_RT_HEADER || size < SSL3_RT_HEADER_LENGTH) return;
  const auto* header = static_cast<const unsigned char*>(bytes);
  const std::size_t length = SSL3_RT_HEADER_LENGTH + (std::size_t{header[3]} << 8) + header[4];
  static_cast<FeedLine*>(line)->saw_record(is_write == 0 ? length : 0, SSL_is_init_finished(ssl) == 1);
}

void FeedLine::saw_record(std::size_t received, bool is_handshaken) {
  const std::lock_guard lock(mutex_);
  hold_socket();
  received_ += received;
  move_to(is_handshaken ? Phase::kAsking : Phase::kHandshaking);
  if (received_ > max_wire_bytes_) changed_.notify_all();
}

void FeedLine::head_arrived() {
  const std::lock_guard lock(mutex_);
  move_to(Phase::kReading);
}

void FeedLine::move_to(Phase phase) {
  if (phase <= phase_) return;
  phase_ = phase;
  changed_.notify_all();
}

void FeedLine::finish(base::Result<net::HttpResponse> reply) {
  const std::lock_guard lock(mutex_);
  if (reply_) return;
  reply_ = std::move(reply);
  changed_.notify_all();
}

void FeedLine::fail(bool is_malformed) {
  const std::lock_guard lock(mutex_);
  if (reply_) return;
  reply_ = base::fail(failure(is_malformed));
  changed_.notify_all();
}

base::Status FeedLine::failure(bool is_malformed) const {
  if (is_malformed) return {Code::kMalformed, "malformed reply"};
  switch (phase_) {
    case Phase::kConnecting:
      return {Code::kUnavailable, "connect to " + server_ + ": refused or unreachable"};
    case Phase::kHandshaking:
      return {Code::kUnavailable,
              "TLS handshake with " + server_ + ": " +
                  net::handshake_failure(ssl_.get(), name_, "the connection was closed, or spoke no TLS")};
    case Phase::kAsking:
      return {Code::kUnavailable, "the connection was closed before a reply"};
    case Phase::kReading:
      break;
  }
  return {Code::kUnavailable, "the connection was closed within a reply"};
}

base::Status FeedLine::deadline_passed() const {
  const std::string doing = phase_ == Phase::kConnecting    ? "connect to " + server_
                            : phase_ == Phase::kHandshaking ? "TLS handshake with " + server_
                                                            : "waiting for the reply";
  return {Code::kDeadline, doing + ": no answer in time"};
}

base::Status FeedLine::too_large() const {
  return {Code::kMalformed, "the reply is larger than " + std::to_string(max_body_bytes_) + " bytes"};
}

}  // namespace op
