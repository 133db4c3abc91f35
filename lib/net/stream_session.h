#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "net/http_session.h"
#include "net/newcomers.h"
#include "net/relay.h"
#include "net/stream_metrics.h"
#include "net/stream_server.h"
#include "net/upstream_call.h"
#include "net/worker_pool.h"

namespace net {

/// What all sessions of a service share; outlives them.
struct StreamShared {
  StreamServiceOptions options;
  WorkerPool workers{options.workers, options.max_waiting};
  StreamMetrics metrics = {};
  std::shared_ptr<AddressBook> addresses = std::make_shared<AddressBook>(options.look_up);
  Newcomers newcomers{options.max_newcomers};
  std::atomic<std::size_t> long_heads{0};
  std::atomic<std::size_t> connections{0};
  std::atomic<std::uint64_t> relayed_bytes{0};
};

/// The part of a listener that its sessions use; lives as long as the last of them.
struct StreamPort {
  StreamShared& shared;
  StreamHandler handler;
  SessionSet sessions{shared.options.max_connections};
  std::atomic<std::size_t> streams{0};  ///< sessions that have asked for something
};

/// One connection. Everything but the calls of StreamExchange runs on the socket's strand.
///
///   handshake --> reading the head --> with the handler --reply()--> replying --> closed
///                                       |          ^                                ^
///                                   forward()      | refused                        |
///                                       v          |                                |
///                                   calling the upstream --upgraded or streaming--> relaying
///
/// A head that is too long or malformed, and a request above a limit, go to replying at once. A broken
/// connection or a deadline closes it in each state.
class StreamSession final : public Session,
                            public StreamExchange,
                            public std::enable_shared_from_this<StreamSession> {
 public:
  StreamSession(std::shared_ptr<StreamPort> port, std::shared_ptr<TlsSocket> socket);
  ~StreamSession() override;

  void start() override;
  void finish() override { abort(); }
  void abort() override;

  const StreamRequest& request() const override { return request_; }
  void reply(ServerReply reply) override;
  void forward(Forward forward, Refused refused) override;

 private:
  using Error = boost::system::error_code;

  void handshake();
  void read_head();
  void read_more_of_head();
  void handle(std::size_t head_size);
  bool take_long_head();
  void give_back_long_head();
  void turn_away(StreamRefusal why);
  void write(std::string text);
  void linger();
  void read_away();
  void watch_client();
  void call(std::shared_ptr<UpstreamCall> call, std::chrono::steady_clock::time_point deadline,
            std::chrono::milliseconds head_timeout, Refused refused);
  void relay(UpstreamReply reply);
  void refuse(const Refused& refused, base::Result<HttpResponse> reply);
  void expect_within(std::chrono::milliseconds wait);
  void close();

  std::shared_ptr<StreamPort> port_;
  StreamShared& shared_;
  std::shared_ptr<TlsSocket> socket_;
  boost::asio::steady_timer timer_;
  std::uint64_t newcomer_ = 0;  ///< ticket
  bool has_long_head_ = false;  ///< counted in shared_.long_heads
  bool is_on_port_ = false;     ///< counted in port_->streams
  StreamRequest request_;
  std::string received_;
  std::string text_;
  std::size_t read_away_ = 0;
  bool reading_ = false;  ///< read_away() is at work
  std::shared_ptr<UpstreamCall> call_;
  std::shared_ptr<Relay> relay_;
  bool closed_ = false;
};

}  // namespace net
