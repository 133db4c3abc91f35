#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <thread>

namespace testing_support {

/// What happens to connections through a FaultProxy.
enum class Fault {
  kNone,   ///< bytes pass
  kCut,    ///< open connections end, new ones end at once
  kReset,  ///< the same with RST
  kStall,  ///< nothing passes; connections stay open, new ones are accepted
  kDelay,  ///< bytes pass 400 ms late
};
const char* to_string(Fault fault);

/// A TCP proxy of the loopback interface in front of one server, with a switch for faults. One thread; `set`
/// may be called from any.
class FaultProxy {
 public:
  explicit FaultProxy(std::uint16_t server_port);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  std::uint16_t port() const { return port_; }
  void set(Fault fault);
  /// Connections that a fault touched since the last set(): proof that it hit something.
  std::uint64_t touched() const { return touched_.load(); }

 private:
  struct Flow;
  struct Connection;
  void run(const std::stop_token& stop);
  void accept_one();
  void apply_fault();
  /// False when the connection is over.
  bool move_bytes(Connection& connection);

  std::uint16_t server_port_;
  std::uint16_t port_ = 0;
  int listener_ = -1;
  int wake_ = -1;  ///< eventfd
  std::atomic<Fault> fault_{Fault::kNone};
  std::atomic<std::uint64_t> touched_{0};
  std::list<std::unique_ptr<Connection>> connections_;  ///< of the thread
  std::jthread thread_;
};

/// `kubeconfig` with its server reached through `port` of this machine.
std::string through_port(const std::string& kubeconfig, std::uint16_t port);
/// The port of the kubeconfig's server.
std::uint16_t server_port_of(const std::string& kubeconfig);

}  // namespace testing_support
