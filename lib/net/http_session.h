#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>

#include "net/http_server.h"
#include "net/tls_context.h"

namespace net {

/// After its last reply a session still reads for so long, and so much: closing with unread bytes would reset
/// the connection and could destroy the reply on its way.
inline constexpr std::chrono::seconds kLinger{2};
inline constexpr std::size_t kMaxLingerBytes = 1u << 20;
/// A server that is stopped waits so long for its sessions, or its listeners, before it aborts them.
inline constexpr std::chrono::seconds kStopGrace{5};

/// One connection of the server. Lives as long as an operation on it is under way. Thread-safe.
class Session {
 public:
  virtual ~Session() = default;
  virtual void start() = 0;
  /// Closes at once; while a reply is being made or written, after it.
  virtual void finish() = 0;
  /// Closes at once.
  virtual void abort() = 0;
};

/// The connections that are open. Thread-safe; holds no lock while it calls into a session.
class SessionSet {
 public:
  explicit SessionSet(std::size_t max = 1024) : max_(max) {}
  /// False when there are too many, or when finish_all() was called.
  bool add(const std::shared_ptr<Session>& session);
  void remove(const Session* session);
  /// Ends all sessions and refuses new ones.
  void finish_all();
  void abort_all();
  /// Whether all sessions ended within `wait`.
  bool wait_until_empty(std::chrono::milliseconds wait);

 private:
  std::map<const Session*, std::weak_ptr<Session>> copy();

  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable emptied_;
  std::map<const Session*, std::weak_ptr<Session>> sessions_;
  bool closed_ = false;
};

/// What all sessions share; outlives them. Immutable but for `sessions`.
struct ServerShared {
  HttpServerOptions options;
  HttpServer::Handler handler;
  /// Null for plain HTTP.
  TlsContext tls;
  SessionSet sessions{};
};

/// `socket` must run on a strand of its own.
std::shared_ptr<Session> make_session(boost::asio::ip::tcp::socket socket, ServerShared& shared);

}  // namespace net
