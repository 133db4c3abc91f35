#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/tls_socket.h"

namespace net {

struct RelayOptions {
  /// False: only from the server to the client. Nothing is read from the client; the caller does that.
  bool both_ways = true;
  /// How long one side may be silent after the other has ended and all of its bytes have been taken.
  std::chrono::milliseconds half_open_timeout = std::chrono::seconds(30);
  /// Counts what passes; outlives the relay.
  std::atomic<std::uint64_t>* bytes = nullptr;
};

/// Passes bytes between two connections through one buffer of fixed size per direction. A side that does not
/// read stops the other from being read, and nothing piles up. The end of one side is passed on. The other
/// direction goes on until its own end, or until it was silent for too long; a side that still has bytes to
/// take is not silent. A failure of either side closes both. All on the strand that both sockets
/// share; lives as long as they do something.
class Relay : public std::enable_shared_from_this<Relay> {
 public:
  Relay(std::shared_ptr<TlsSocket> client, std::shared_ptr<TlsSocket> server, RelayOptions options);
  /// `to_client` and `to_server` were read together with the heads: they go first. `owner` is held until
  /// close().
  void start(std::string to_client, std::string to_server, std::shared_ptr<void> owner = nullptr);
  void close();

 private:
  struct Flow {
    TlsSocket* from;
    TlsSocket* to;
    std::unique_ptr<char[]> buffer = nullptr;
    std::string early = {};
    bool ended = false;
  };
  void begin(Flow& flow, std::string early);
  void read(Flow& flow);
  void write(Flow& flow, std::size_t size);
  void count(std::size_t bytes);
  void end(Flow& flow);
  void watch_half_open();

  std::shared_ptr<TlsSocket> client_;
  std::shared_ptr<TlsSocket> server_;
  const RelayOptions options_;
  Flow down_;  ///< server to client
  Flow up_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<void> owner_;
  std::uint64_t moved_ = 0;
  std::uint64_t moved_before_ = 0;
};

}  // namespace net
