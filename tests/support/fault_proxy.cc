#include "support/fault_proxy.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <deque>
#include <stdexcept>
#include <vector>

namespace testing_support {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kDelay = std::chrono::milliseconds(400);
constexpr int kTick = 20;  // ms; how exact delays are
constexpr std::size_t kMostBuffered = 4u << 20;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Where the port of the server stands in `kubeconfig`: first and one behind the last digit.
std::pair<std::size_t, std::size_t> find_port(const std::string& kubeconfig) {
  constexpr std::string_view kBefore = "server: https://127.0.0.1:";
  const std::size_t at = kubeconfig.find(kBefore);
  if (at == std::string::npos) throw std::runtime_error("the kubeconfig names no server");
  const std::size_t first = at + kBefore.size();
  return {first, kubeconfig.find_first_not_of("0123456789", first)};
}

void close_hard(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

}  // namespace

/// One direction: what was read here and is to be written there, each piece not before its time.
struct FaultProxy::Flow {
  struct Piece {
    Steady::time_point due;
    std::string bytes;
  };
  std::deque<Piece> pieces;
  std::size_t buffered = 0;
  bool ended = false;  ///< the reading side is at its end

  /// False on an error.
  bool read_from(int fd, Steady::time_point due) {
    std::array<char, 65536> buffer{};
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0) return errno == EAGAIN || errno == EINTR;
    if (n == 0) {
      ended = true;
      return true;
    }
    pieces.push_back({due, std::string(buffer.data(), static_cast<std::size_t>(n))});
    buffered += static_cast<std::size_t>(n);
    return true;
  }
  bool write_to(int fd, Steady::time_point now) {
    while (!pieces.empty() && pieces.front().due <= now) {
      std::string& bytes = pieces.front().bytes;
      const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n < 0) return errno == EAGAIN || errno == EINTR;
      buffered -= static_cast<std::size_t>(n);
      bytes.erase(0, static_cast<std::size_t>(n));
      if (bytes.empty()) pieces.pop_front();
    }
    if (ended && pieces.empty()) ::shutdown(fd, SHUT_WR);
    return true;
  }
};

struct FaultProxy::Connection {
  int client = -1;
  int server = -1;
  Flow up;
  Flow down;
  ~Connection() {
    if (client >= 0) ::close(client);
    if (server >= 0) ::close(server);
  }
};

const char* to_string(Fault fault) {
  switch (fault) {
    case Fault::kNone:
      return "none";
    case Fault::kCut:
      return "cut";
    case Fault::kReset:
      return "reset";
    case Fault::kStall:
      return "stall";
    case Fault::kDelay:
      return "delay";
  }
  return "?";
}

FaultProxy::FaultProxy(std::uint16_t server_port) : server_port_(server_port) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  const auto raw = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, raw, length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, raw, &length) != 0) {
    throw std::runtime_error("the fault proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FaultProxy::~FaultProxy() {
  thread_.request_stop();
  thread_.join();
  connections_.clear();
  ::close(listener_);
  ::close(wake_);
}

void FaultProxy::set(Fault fault) {
  touched_ = 0;
  fault_ = fault;
  const std::uint64_t one = 1;
  if (::write(wake_, &one, sizeof one) < 0) return;  // full: it wakes anyway
}

void FaultProxy::accept_one() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (client < 0) return;
  auto connection = std::make_unique<Connection>();
  connection->client = client;
  connection->server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(server_port_);
  if (::connect(connection->server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
  const int on = 1;
  for (const int fd : {client, connection->server}) {
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  connections_.push_back(std::move(connection));
}

void FaultProxy::apply_fault() {
  const Fault fault = fault_;
  if (fault != Fault::kCut && fault != Fault::kReset) return;
  for (auto& connection : connections_) {
    ++touched_;
    if (fault == Fault::kCut) continue;
    close_hard(connection->client);
    connection->client = -1;
  }
  connections_.clear();
}

bool FaultProxy::move_bytes(Connection& c) {
  const auto now = Steady::now();
  const auto due = fault_ == Fault::kDelay ? now + kDelay : now;
  if (fault_ == Fault::kDelay) ++touched_;
  if (!c.up.ended && c.up.buffered < kMostBuffered && !c.up.read_from(c.client, due)) return false;
  if (!c.down.ended && c.down.buffered < kMostBuffered && !c.down.read_from(c.server, due)) return false;
  if (!c.up.write_to(c.server, now) || !c.down.write_to(c.client, now)) return false;
  return !(c.up.ended && c.down.ended && c.up.pieces.empty() && c.down.pieces.empty());
}

void FaultProxy::run(const std::stop_token& stop) {
  std::vector<pollfd> fds;
  while (!stop.stop_requested()) {
    const bool stalled = fault_ == Fault::kStall;
    fds.assign({{listener_, POLLIN, 0}, {wake_, POLLIN, 0}});
    if (!stalled) {
      for (const auto& connection : connections_) {
        if (!connection->up.ended) fds.push_back({connection->client, POLLIN, 0});
        if (!connection->down.ended) fds.push_back({connection->server, POLLIN, 0});
      }
    }
    ::poll(fds.data(), fds.size(), kTick);
    if ((fds[1].revents & POLLIN) != 0) {
      std::uint64_t count = 0;
      if (::read(wake_, &count, sizeof count) < 0) count = 0;
    }
    if ((fds[0].revents & POLLIN) != 0) accept_one();
    apply_fault();
    if (fault_ == Fault::kStall) {
      touched_ = connections_.size();
      continue;
    }
    std::erase_if(connections_, [&](const auto& connection) { return !move_bytes(*connection); });
  }
}

std::string through_port(const std::string& kubeconfig, std::uint16_t port) {
  const auto [first, behind] = find_port(kubeconfig);
  return kubeconfig.substr(0, first) + std::to_string(port) + kubeconfig.substr(behind);
}

std::uint16_t server_port_of(const std::string& kubeconfig) {
  const auto [first, behind] = find_port(kubeconfig);
  return static_cast<std::uint16_t>(std::stoul(kubeconfig.substr(first, behind - first)));
}

}  // namespace testing_support
