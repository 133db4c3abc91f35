#include "support/scripted_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "support/scripted_line.h"

namespace testing_support {
namespace {

std::size_t content_length(std::string head) {
  std::transform(head.begin(), head.end(), head.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  static const std::string kName = "\r\ncontent-length:";
  const auto at = head.find(kName);
  return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + kName.size(), nullptr, 10);
}

}  // namespace

ScriptedServer::ScriptedServer(std::vector<Script> scripts) : ScriptedServer(std::move(scripts), Issued{}) {}

ScriptedServer::ScriptedServer(std::vector<Script> scripts, Issued certificate)
    : scripts_(std::move(scripts)), certificate_(std::move(certificate)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, length) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    std::abort();  // no loopback: no test makes sense
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { accept_loop(); });
}

ScriptedServer::~ScriptedServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  acceptor_.join();
  workers_.clear();
  ::close(listener_);
}

std::string ScriptedServer::url() const {
  return (certificate_.key_pem.empty() ? "http" : "https") + ("://127.0.0.1:" + std::to_string(port_));
}

std::size_t ScriptedServer::connections() const {
  const std::lock_guard lock(mutex_);
  return connections_;
}

std::vector<std::string> ScriptedServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

void ScriptedServer::release() {
  const std::lock_guard lock(mutex_);
  ++releases_;
  changed_.notify_all();
}

bool ScriptedServer::wait_for_requests(std::size_t count, std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [&] { return requests_.size() >= count; });
}

bool ScriptedServer::wait_for_ends(std::size_t count, std::chrono::milliseconds wait) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [&] { return ends_ >= count; });
}

bool ScriptedServer::is_ending() const {
  const std::lock_guard lock(mutex_);
  return ending_;
}

void ScriptedServer::accept_loop() {
  while (!is_ending()) {
    if (!readable(listener_)) continue;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    const auto index = std::min(connections_++, scripts_.size() - 1);
    workers_.emplace_back([this, fd, index] { serve(fd, scripts_[index]); });
  }
}

void ScriptedServer::serve(int fd, const Script& script) {
  {
    ScriptedLine line(fd);
    std::string pending;
    bool alive = certificate_.key_pem.empty() || line.accept_tls(certificate_);
    for (const Step& step : script) {
      if (!alive) break;
      if (const auto* send = std::get_if<Send>(&step)) alive = line.send(send->bytes);
      if (std::holds_alternative<ReadRequest>(step)) alive = read_request(line, pending);
      if (std::holds_alternative<Stall>(step)) stall(line);
      if (std::holds_alternative<Close>(step)) alive = false;
      if (std::holds_alternative<Reset>(step)) {
        line.reset();
        alive = false;
      }
    }
  }
  const std::lock_guard lock(mutex_);
  ++ends_;
  changed_.notify_all();
}

bool ScriptedServer::read_request(ScriptedLine& line, std::string& pending) {
  for (;;) {
    const auto end = pending.find("\r\n\r\n");
    if (end != std::string::npos) {
      const auto size = end + 4 + content_length(pending.substr(0, end + 2));
      if (pending.size() >= size) {
        const std::lock_guard lock(mutex_);
        requests_.push_back(pending.substr(0, size));
        pending.erase(0, size);
        changed_.notify_all();
        return true;
      }
    }
    if (is_ending() || line.read(pending) == ScriptedLine::Read::kGone) return false;
  }
}

void ScriptedServer::stall(ScriptedLine& line) {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::milliseconds(kTickMs), [&] { return ending_ || releases_ > 0; });
      if (ending_) return;
      if (releases_ > 0) {
        --releases_;
        return;
      }
    }
    if (line.is_gone()) return;
  }
}

std::string ok_reply(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace testing_support
