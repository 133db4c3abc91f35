#include "net/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "net/socket_options.h"
#include "net/tls_verify.h"

namespace net {
namespace {

using boost::asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kTlsRecordBytes = 16 * 1024;
std::unexpected<base::Status> unavailable(std::string message) {
  return base::fail(base::Code::kUnavailable, std::move(message));
}

}  // namespace

Connection::Connection(std::shared_ptr<const DialPlan> plan) : plan_(std::move(plan)) {}

Connection::~Connection() { close(); }

base::Result<std::unique_ptr<Connection>> Connection::dial(std::shared_ptr<const DialPlan> plan,
                                                           const Limit& limit) {
  if (auto expired = plan->expiry(); !expired.empty()) {
    return base::fail(base::Code::kUnauthenticated, std::move(expired));
  }
  try {
    std::unique_ptr<Connection> connection(new Connection(plan));
    if (auto connected = connection->connect(limit); !connected)
      return base::fail(std::move(connected.error()));
    if (plan->tls != nullptr) {
      if (auto shaken = connection->handshake(limit); !shaken) return base::fail(std::move(shaken.error()));
    }
    return connection;
  } catch (const boost::system::system_error& error) {
    // Out of file descriptors: an io_context needs some of its own.
    return unavailable("connect to " + plan->address_text() + ": " + error.code().message());
  }
}

base::Outcome Connection::connect(const Limit& limit) {
  const auto addresses = resolve(plan_->endpoint.host, plan_->endpoint.port, limit);
  if (!addresses) return base::fail(addresses.error());
  std::string reason;
  for (std::size_t i = 0; i < addresses->size(); ++i) {
    // An address that swallows packets must leave time for the next ones.
    const auto left = std::max(limit.deadline - Clock::now(), Clock::duration::zero());
    const auto share = left / static_cast<int>(std::min<std::size_t>(addresses->size() - i, 64));
    const Limit mine{i + 1 == addresses->size() ? limit.deadline : Clock::now() + share, limit.stop};
    boost::system::error_code ignored;
    socket_.close(ignored);
    pending_ = true;
    socket_.async_connect((*addresses)[i], [this](const boost::system::error_code& error) {
      pending_ = false;
      error_ = error;
    });
    if (!wait(mine)) {
      socket_.close(ignored);
      io_.restart();
      while (pending_) io_.run_one();  // the aborted operation must not report into the next one
      const base::Status why = interrupted(mine, "connect to " + plan_->address_text());
      if (why.is(base::Code::kCancelled) || Clock::now() >= limit.deadline) return base::fail(why);
      reason = "timed out";
      continue;
    }
    if (!error_) {
      tune_socket(socket_.native_handle());
      drop_unacknowledged(socket_.native_handle());
      return {};
    }
    reason = error_.message();
  }
  return unavailable("connect to " + plan_->address_text() + ": " + reason);
}

base::Outcome Connection::handshake(const Limit& limit) {
  tls_.emplace(socket_, *plan_->tls);
  SSL* ssl = tls_->native_handle();
  if (!plan_->verify_name.empty()) {
    if (auto expected = expect_peer(ssl, plan_->verify_name); !expected) return expected;
  }
  pending_ = true;
  tls_->async_handshake(boost::asio::ssl::stream_base::client,
                        [this](const boost::system::error_code& error) {
                          pending_ = false;
                          error_ = error;
                        });
  const std::string doing = "TLS handshake with " + plan_->address_text();
  if (!wait(limit)) {
    close();
    return base::fail(interrupted(limit, doing));
  }
  if (!error_) return {};
  auto failure = doing + ": " + handshake_failure(ssl, plan_->verify_name, error_.message());
  close();
  return unavailable(std::move(failure));
}

base::Outcome Connection::write(std::string_view bytes, const Limit& limit, std::size_t& written) {
  written = 0;
  transferred_ = 0;
  pending_ = true;
  auto done = [this](const boost::system::error_code& error, std::size_t count) {
    pending_ = false;
    error_ = error;
    transferred_ = count;
  };
  if (tls_) {
    boost::asio::async_write(*tls_, boost::asio::buffer(bytes), std::move(done));
  } else {
    boost::asio::async_write(socket_, boost::asio::buffer(bytes), std::move(done));
  }
  if (!wait(limit)) {
    written = bytes.size();  // unknown, so assume the worst
    close();
    return base::fail(interrupted(limit, "writing the request"));
  }
  written = transferred_;
  if (!error_) return {};
  auto failure = "writing the request: " + error_.message();
  close();
  return unavailable(std::move(failure));
}

void Connection::start_read() {
  pending_ = true;
  reading_ = true;
  auto done = [this](const boost::system::error_code& error, std::size_t count) {
    pending_ = false;
    error_ = error;
    transferred_ = count;
  };
  const auto room = buffer_.prepare(kTlsRecordBytes);
  if (tls_) {
    tls_->async_read_some(room, std::move(done));
  } else {
    socket_.async_read_some(room, std::move(done));
  }
}

base::Result<std::size_t> Connection::read_more(const Limit& limit) {
  if (!socket_.is_open()) return unavailable("the connection is closed");
  if (!reading_) start_read();
  if (!wait(limit)) return base::fail(interrupted(limit, "waiting for the reply"));
  reading_ = false;
  buffer_.commit(transferred_);
  if (!error_) return transferred_;
  if (error_ == boost::asio::error::eof) return std::size_t{0};
  std::string failure = error_ == boost::asio::ssl::error::stream_truncated
                            ? "the connection was cut"
                            : "reading the reply: " + error_.message();
  close();
  return unavailable(std::move(failure));
}

bool Connection::wait(const Limit& limit) {
  // Posting is thread-safe; the empty handler only wakes the loop below. The destructor of `wake` waits for a
  // callback that is running on another thread, so `io_` outlives it.
  const std::stop_callback wake(limit.stop, [this] { boost::asio::post(io_, [] {}); });
  io_.restart();
  io_.poll();  // an operation that is ready counts, also when the deadline has passed
  while (pending_) {
    if (limit.stop.stop_requested()) return false;
    if (Clock::now() >= limit.deadline) return false;
    io_.restart();
    io_.run_one_until(limit.deadline);
  }
  return true;
}

base::Status Connection::interrupted(const Limit& limit, std::string_view doing) {
  if (limit.stop.stop_requested()) return {base::Code::kCancelled, "cancelled"};
  return {base::Code::kDeadline, std::string(doing) + ": no answer in time"};
}

bool Connection::is_quiet() {
  if (!socket_.is_open() || pending_ || buffer_.size() != 0) return false;
  char byte = 0;
  const auto peeked = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Connection::shrink() {
  buffer_.clear();
  buffer_.shrink_to_fit();
}

void Connection::close() {
  // Operations under way are destroyed with io_ unrun: it never runs again after this.
  boost::system::error_code ignored;
  socket_.close(ignored);
}

}  // namespace net
