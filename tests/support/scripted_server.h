#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "support/test_certificates.h"

namespace testing_support {

/// Sends these bytes as they are.
struct Send {
  std::string bytes;
};
/// Reads one request: its head and as many body bytes as Content-Length says. Recorded in requests().
struct ReadRequest {};
/// Sends nothing until the test calls release(), the client goes away, or the server ends.
struct Stall {};
/// Closes in order (FIN).
struct Close {};
/// Closes with a reset (RST).
struct Reset {};
using Step = std::variant<Send, ReadRequest, Stall, Close, Reset>;
/// What happens on one connection, in order. At its end the connection is closed.
using Script = std::vector<Step>;

class ScriptedLine;

/// A raw TCP server for the answers no real server gives on purpose: cut, stalled, garbled. The n-th
/// connection follows the n-th script; the last script repeats. Each connection has its own thread, so a
/// stalled one delays no other. Methods are thread-safe.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::vector<Script> scripts);
  /// Speaks TLS and shows this certificate.
  ScriptedServer(std::vector<Script> scripts, Issued certificate);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:<port>", or https.
  std::string url() const;
  /// Connections accepted so far.
  std::size_t connections() const;
  /// Requests read so far (head and body), in the order of arrival.
  std::vector<std::string> requests() const;
  /// Lets one Stall, present or future, go on.
  void release();
  /// Waits until `count` requests were read; false after `wait`.
  bool wait_for_requests(std::size_t count, std::chrono::milliseconds wait = std::chrono::seconds(20)) const;
  /// Waits until `count` connections are over on our side; false after `wait`.
  bool wait_for_ends(std::size_t count, std::chrono::milliseconds wait = std::chrono::seconds(20)) const;

 private:
  void accept_loop();
  void serve(int fd, const Script& script);
  bool read_request(ScriptedLine& line, std::string& pending);
  void stall(ScriptedLine& line);
  bool is_ending() const;

  const std::vector<Script> scripts_;
  const Issued certificate_;  ///< empty: no TLS
  int listener_ = -1;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool ending_ = false;
  std::size_t connections_ = 0;
  std::size_t ends_ = 0;
  std::size_t releases_ = 0;
  std::vector<std::string> requests_;
  std::vector<std::jthread> workers_;
  std::jthread acceptor_;
};

/// "HTTP/1.1 200 OK" with Content-Length and `body`.
std::string ok_reply(const std::string& body);

}  // namespace testing_support
