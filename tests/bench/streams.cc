// How fast logs and port-forwards pass the kubelet port of a burst node, and whether its memory stays flat.
// Three processes on loopback, TLS everywhere: a client as the API server is one, the port (the operator's
// own code, in a process of its own so that its memory is its own), and a provider that streams as fast as it
// can. The peer is the same client at the same provider with nothing between them.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "bench/support/report.h"
#include "net/stream_server.h"
#include "operator/kubelet/kubelet_request.h"
#include "support/process.h"
#include "support/tls_peer.h"
#include "support/wait.h"

namespace {

using testing_support::Issued;
using testing_support::Process;
using testing_support::TestAuthority;
using testing_support::TlsHost;
using testing_support::TlsPeer;

constexpr std::size_t kMegabytes = 500;
constexpr std::size_t kMegabyte = 1'000'000;
constexpr std::size_t kPiece = 64 * 1024;
constexpr std::size_t kRounds = 3;
constexpr std::size_t kSlowReaders = 50;
constexpr double kBarMegabytes = 200;
/// Fifty streams with all their buffers full; what comes above that piles up.
constexpr double kBarGrowth = 24;

const std::string kLogs = "GET /containerLogs/default/pod/main HTTP/1.1\r\nHost: node\r\n\r\n";
const std::string kForward =
    "POST /portForward/default/pod HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n"
    "X-Stream-Protocol-Version: portforward.k8s.io\r\n\r\n";
const std::string kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
const std::string kBegins = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n";

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path + ".new") << text;
  std::filesystem::rename(path + ".new", path);
  std::filesystem::permissions(path,
                               std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Files that the three processes share.
struct Folder {
  std::string path;
  Issued certificate() const {
    return {testing_support::read_text(path + "/tls.crt"), testing_support::read_text(path + "/tls.key")};
  }
  void tell_port(const std::string& who, std::uint16_t port) const {
    write_file(path + "/" + who, std::to_string(port));
  }
  std::uint16_t port_of(const std::string& who) const {
    testing_support::require_within(who + " serves", std::chrono::seconds(30), [&] {
      return std::filesystem::exists(path + "/" + who) ? std::string() : std::string("no port yet");
    });
    return static_cast<std::uint16_t>(std::stoi(testing_support::read_text(path + "/" + who)));
  }
};

[[noreturn]] void wait_for_the_end() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

/// Sends the same amount for each request for logs; of a port-forward it reads that amount first.
void provide(TlsPeer& client) {
  const std::string request = client.read_until("\r\n\r\n");
  const std::string piece(kPiece, 'x');
  if (request.starts_with("POST")) {
    client.write(kSwitching);
    std::string taken(kPiece, '\0');
    std::size_t size = 0;
    while (size < kMegabytes * kMegabyte) {
      const int got = client.read_some(taken);
      if (got <= 0) return;
      size += static_cast<std::size_t>(got);
    }
    client.write("done");
  } else {
    client.write(kBegins);
    for (std::size_t size = 0; size < kMegabytes * kMegabyte; size += kPiece) {
      if (!client.write(piece)) return;
    }
  }
  client.close_write();
  client.read_all();
}

int run_provider(const Folder& folder) {
  const TlsHost host(folder.certificate(), provide);
  folder.tell_port("provider", host.port());
  wait_for_the_end();
}

/// The port of a burst node, with one pod whose twin is known.
int run_kubelet(const Folder& folder) {
  const auto upstream =
      net::make_upstream({.tls = true, .host = "127.0.0.1", .port = folder.port_of("provider")},
                         {.ca_pem = testing_support::read_text(folder.path + "/ca.crt")});
  if (!upstream) throw std::runtime_error(upstream.error().text());
  const auto service = net::StreamService::make({});
  const auto listener = service->listen("127.0.0.1", 0, [&](std::shared_ptr<net::StreamExchange> exchange) {
    const auto& head = exchange->request().head;
    const auto request = op::parse_kubelet_request(head.method, head.target);
    if (!request) return exchange->reply({request.error().status, "text/plain", request.error().text});
    exchange->forward({.upstream = *upstream,
                       .request = {.method = head.method,
                                   .target = op::provider_target(*request, "neoburst", "twin"),
                                   .headers = op::upgrade_headers(head.headers)}},
                      [](std::shared_ptr<net::StreamExchange> back, base::Result<net::HttpResponse>) {
                        back->reply({503, "text/plain", ""});
                      });
  });
  const Issued issued = folder.certificate();
  if (!listener || !(*listener)->set_certificate(issued.certificate_pem, issued.key_pem)) {
    throw std::runtime_error("the kubelet port does not open");
  }
  folder.tell_port("kubelet", (*listener)->port());
  wait_for_the_end();
}

std::unique_ptr<TlsPeer> ask(std::uint16_t port, const std::string& request, const std::string& begins) {
  auto peer = TlsPeer::connect(port);
  if (!peer->open() || !peer->write(request)) throw std::runtime_error("cannot connect");
  const std::string head = peer->read_until("\r\n\r\n");
  if (!head.starts_with(begins.substr(0, begins.find('\r')))) throw std::runtime_error("refused: " + head);
  return peer;
}

/// Megabytes a second of `work`, which moves kMegabytes.
template <typename Work>
double rate_of(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  return static_cast<double>(kMegabytes) / took.count();
}

double read_logs(std::uint16_t port) {
  const auto peer = ask(port, kLogs, kBegins);
  return rate_of([&] {
    std::vector<char> piece(kPiece);
    std::size_t size = 0;
    for (int got = 0; (got = peer->read_some(piece)) > 0;) size += static_cast<std::size_t>(got);
    if (size < kMegabytes * kMegabyte) throw std::runtime_error("the log was cut");
  });
}

double forward(std::uint16_t port) {
  const auto peer = ask(port, kForward, kSwitching);
  return rate_of([&] {
    const std::string piece(kPiece, 'y');
    for (std::size_t size = 0; size < kMegabytes * kMegabyte; size += kPiece) {
      if (!peer->write(piece)) throw std::runtime_error("the port-forward was cut");
    }
    if (peer->read_exactly(4) != "done") throw std::runtime_error("the port-forward lost bytes");
  });
}

/// The highest resident memory of a process while this lives.
class Watcher {
 public:
  explicit Watcher(const Process& process)
      : thread_([this, &process](std::stop_token stop) {
          while (!stop.stop_requested()) {
            highest_ = std::max(highest_.load(), process.rss_mb());
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
          }
        }) {}
  double highest() const { return highest_; }

 private:
  std::atomic<double> highest_{0};
  std::jthread thread_;
};

struct Numbers {
  std::vector<double> logs, forward, direct_logs, direct_forward;
  double cpu_per_gb = 0;  ///< of the port's process, seconds
  double growth = 0;      ///< of its memory, MB
};

/// Streams that nobody reads: their senders must stop.
void leave_unread(std::uint16_t port) {
  std::vector<std::unique_ptr<TlsPeer>> readers;
  for (std::size_t i = 0; i < kSlowReaders; ++i) readers.push_back(ask(port, kLogs, kBegins));
  std::this_thread::sleep_for(std::chrono::seconds(2));
}

int report(Numbers& numbers) {
  const auto median = [](std::vector<double>& values) { return bench::percentile(values, 0.5); };
  const double logs = median(numbers.logs);
  const double forward = median(numbers.forward);
  const double direct_logs = median(numbers.direct_logs);
  const double direct_forward = median(numbers.direct_forward);
  const bool fast = logs >= kBarMegabytes && forward >= kBarMegabytes;
  const bool flat = numbers.growth <= kBarGrowth;
  std::printf("%zu MB a stream, median of %zu\n", kMegabytes, kRounds);
  std::printf("%-40s %10.0f   bar %.0f: %s\n", "logs, MB/s", logs, kBarMegabytes,
              bench::verdict(logs >= kBarMegabytes));
  std::printf("%-40s %10.0f   bar %.0f: %s\n", "port-forward, MB/s", forward, kBarMegabytes,
              bench::verdict(forward >= kBarMegabytes));
  std::printf("%-40s %10.0f\n", "logs straight from the provider, MB/s", direct_logs);
  std::printf("%-40s %10.0f\n", "port-forward straight to it, MB/s", direct_forward);
  std::printf("%-40s %10.2f\n", "processor seconds of the port for 1 GB", numbers.cpu_per_gb);
  std::printf("%-40s %10.1f   bar %.0f: %s\n", "growth, 50 readers that do not read, MB", numbers.growth,
              kBarGrowth, bench::verdict(flat));
  bench::write_json("streams", {{"logs_mb_per_s", logs},
                                {"port_forward_mb_per_s", forward},
                                {"direct_logs_mb_per_s", direct_logs},
                                {"direct_port_forward_mb_per_s", direct_forward},
                                {"cpu_s_per_gb", numbers.cpu_per_gb},
                                {"rss_growth_mb", numbers.growth},
                                {"unread_streams", kSlowReaders}});
  return fast && flat ? 0 : 1;
}

int run(const std::string& self) {
  std::string path = std::filesystem::temp_directory_path() / "neoburst-streams-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("no temporary folder");
  const Folder folder{path};
  const TestAuthority authority("bench");
  const Issued issued = authority.issue({.alt_names = "IP:127.0.0.1"});
  write_file(path + "/ca.crt", authority.ca_pem());
  write_file(path + "/tls.crt", issued.certificate_pem);
  write_file(path + "/tls.key", issued.key_pem);
  int result = 2;
  {
    Process provider({self, "provider", path}, path + "/provider.log");
    Process kubelet({self, "kubelet", path}, path + "/kubelet.log");
    const std::uint16_t direct = folder.port_of("provider");
    const std::uint16_t port = folder.port_of("kubelet");
    read_logs(port);
    forward(port);
    const double before = kubelet.rss_mb();
    const Watcher watcher(kubelet);
    const double cpu_before = kubelet.cpu_seconds();
    Numbers numbers;
    for (std::size_t round = 0; round < kRounds; ++round) {
      numbers.logs.push_back(read_logs(port));
      numbers.direct_logs.push_back(read_logs(direct));
      numbers.forward.push_back(forward(port));
      numbers.direct_forward.push_back(forward(direct));
    }
    const double gigabytes = static_cast<double>(2 * kRounds * kMegabytes) / 1000;
    numbers.cpu_per_gb = (kubelet.cpu_seconds() - cpu_before) / gigabytes;
    leave_unread(port);
    numbers.growth = watcher.highest() - before;
    result = report(numbers);
  }
  std::filesystem::remove_all(path);
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string role = argc > 2 ? argv[1] : "";
    if (role == "provider") return run_provider({argv[2]});
    if (role == "kubelet") return run_kubelet({argv[2]});
    return run(std::filesystem::canonical("/proc/self/exe"));
  } catch (const std::exception& error) {
    std::cerr << "streams: " << error.what() << "\n";
    return 2;
  }
}
