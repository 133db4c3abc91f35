#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "net/http.h"
#include "net/http_server.h"
#include "net/request_head.h"
#include "net/upstream.h"

namespace net {

/// The request of a connection; each connection carries one.
struct StreamRequest {
  RequestHead head;
  /// The certificates that the client showed in the TLS handshake, leaf first, PEM; "" when none. Not
  /// verified: the client only proved that it holds the key of the leaf.
  std::string client_chain_pem;
  std::string peer_address;
  /// It asks to go on with another protocol ("Connection: Upgrade").
  bool is_upgrade = false;
};

/// A request to send on in place of the one that came.
struct Forward {
  Upstream upstream;
  /// Method, target and headers; no body. `timeout` covers connecting, the TLS handshake and the sending.
  HttpRequest request;
  /// From there to the head of the reply; zero waits for as long as the client does (the log of a silent
  /// container has no head yet).
  std::chrono::milliseconds head_timeout = std::chrono::seconds(30);
};

/// One request and the ways to answer it. Thread-safe. Each time it is handed over, exactly one of the calls
/// must follow, from any thread. An exchange that is dropped without an answer closes the connection.
class StreamExchange {
 public:
  /// Called on a worker; may block. `reply` is a failure to reach the server (Unavailable, Deadline,
  /// Unauthenticated, Malformed), or the server's answer instead of a stream, with at most 64 KiB of body.
  using Refused =
      std::function<void(std::shared_ptr<StreamExchange> exchange, base::Result<HttpResponse> reply)>;

  virtual ~StreamExchange() = default;
  /// Valid until it is answered, or its stream begins.
  virtual const StreamRequest& request() const = 0;
  /// Answers and closes the connection.
  virtual void reply(ServerReply reply) = 0;
  /// Sends a request on over a fresh connection; does not block. After a 101 to an upgrade, or a 2xx to
  /// anything else, the head and all that follows pass unchanged, without a time limit, until either side
  /// ends. In an upgrade the client's bytes go the other way. Otherwise `refused` gets the exchange again,
  /// and answers or forwards it once more.
  virtual void forward(Forward forward, Refused refused) = 0;
};
using StreamHandler = std::function<void(std::shared_ptr<StreamExchange>)>;

/// Looks a name up: addresses as text, in the order to try them. Blocks. Thread-safe.
using NameLookup = std::function<base::Result<std::vector<std::string>>(const std::string& host)>;

inline constexpr std::size_t kLongHeadBytes = 64u << 10;

struct StreamServiceOptions {
  /// Threads that move bytes, for all listeners together.
  std::size_t threads = 2;
  /// Threads for handlers, and how many requests may wait for one. More are answered with 503.
  std::size_t workers = 8;
  std::size_t max_waiting = 256;
  /// Over all listeners; more are closed as they come. Each takes two descriptors.
  std::size_t max_connections = 1024;
  /// Part of these: requests and streams of one listener, so that no port takes all places. More get 503.
  std::size_t max_port_streams = 256;
  /// Part of these: connections whose request has not come yet. One more closes the oldest. Their clients are
  /// unidentified, so they must not keep others out.
  std::size_t max_newcomers = 128;
  /// As in Go: a command of exec is a part of the head.
  std::size_t max_head_bytes = (1u << 20) + 4096;
  /// How many may have a head of more than kLongHeadBytes at once: their senders are not identified yet.
  std::size_t max_long_heads = 16;
  /// For the TLS handshake and the request's head together.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(10);
  /// How long one side of a stream may be silent after the other has ended and all of its bytes were taken.
  std::chrono::milliseconds half_open_timeout = std::chrono::seconds(30);
  /// Null for the machine's own resolver.
  NameLookup look_up = nullptr;
};

/// A port that accepts TLS connections. Destroying it closes the port and all its connections.
class StreamListener {
 public:
  virtual ~StreamListener() = default;
  virtual std::uint16_t port() const = 0;
  /// The certificate for new connections; open ones keep theirs. Before the first call connections are
  /// closed as they come. Thread-safe. Invalid when a PEM text does not parse: then nothing changes.
  virtual base::Outcome set_certificate(const std::string& certificate_pem, const std::string& key_pem) = 0;
};

struct StreamCounts {
  std::size_t connections = 0;  ///< open now
  std::uint64_t refused = 0;    ///< connections and requests turned away, because there were too many
  std::uint64_t relayed_bytes = 0;
};

/// TLS servers for long streams: answers requests, or splices them with a connection to another server
/// through buffers of fixed size. A slow reader slows the sender down and costs no memory; no stream has a
/// thread of its own. Thread-safe. Must outlive its listeners and exchanges.
class StreamService {
 public:
  static std::unique_ptr<StreamService> make(StreamServiceOptions options);
  virtual ~StreamService() = default;
  /// Binds `address` and `port` (0 takes a free one) and serves; handlers run on the workers. Unavailable
  /// with the address when it cannot bind.
  virtual base::Result<std::unique_ptr<StreamListener>> listen(const std::string& address, std::uint16_t port,
                                                               StreamHandler handler) = 0;
  virtual StreamCounts counts() const = 0;
  /// Closes all listeners' connections and ends the threads. Waits for handlers that run. Idempotent.
  virtual void stop() = 0;
};

}  // namespace net
