// What a request costs by cpprestsdk and by lib/net: many small objects over one kept TLS connection, and
// long lists. Each client runs in a process of its own, and so does the server, so that processor time and
// memory are the client's alone. Arguments: rounds, objects a round, lists a round.

#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/containerstream.h>
#include <cpprest/http_client.h>
#include <malloc.h>
#include <pplx/threadpool.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/support/report.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/tls_context.h"
#include "support/test_certificates.h"

namespace {

using testing_support::Issued;
using testing_support::TestAuthority;

constexpr std::size_t kObjectBytes = 2'000;
constexpr std::size_t kListBytes = 20'000'000;
constexpr std::size_t kLibraryThreads = 2;

struct Plan {
  std::size_t rounds = 5;
  std::size_t objects = 10'000;
  std::size_t lists = 10;
};

/// What one client's process reports of one round.
struct Cost {
  double requests_per_second = 0;
  double cpu_us_per_request = 0;  ///< of the user and the system, all threads
  double peak_mb = 0;             ///< resident, of the whole process
};

/// Fetches `target` and returns the size of its body; throws when that fails.
using Get = std::function<std::size_t(const std::string& target)>;

Get net_client(std::uint16_t port, const std::string& ca_pem) {
  net::HttpClientOptions options{.endpoint = {.host = "127.0.0.1", .port = port}};
  options.tls.ca_pem = ca_pem;
  const std::shared_ptr<net::HttpClient> client = net::make_http_client(std::move(options)).value();
  return [client](const std::string& target) {
    const auto reply = client->send({.target = target}, {});
    if (!reply || reply->status != 200) throw std::runtime_error("lib/net: no reply");
    return reply->body.size();
  };
}

/// With the fewest copies that the library offers: the body goes straight into a container.
Get cpprest_client(std::uint16_t port, const std::string& ca_pem) {
  crossplat::threadpool::initialize_with_threads(kLibraryThreads);
  web::http::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_ssl_context_callback([ca_pem](boost::asio::ssl::context& context) {
    if (!net::set_up_client_tls(context.native_handle(), {.ca_pem = ca_pem})) {
      throw std::runtime_error("cpprestsdk: no TLS");
    }
  });
  const auto client = std::make_shared<web::http::client::http_client>(
      web::uri("https://127.0.0.1:" + std::to_string(port)), config);
  return [client](const std::string& target) {
    concurrency::streams::container_buffer<std::vector<std::uint8_t>> body;
    web::http::http_request request(web::http::methods::GET);
    request.set_request_uri(web::uri(target));
    request.set_response_stream(body.create_ostream());
    const auto reply = client->request(request).get();
    reply.content_ready().wait();
    if (reply.status_code() != 200) throw std::runtime_error("cpprestsdk: no reply");
    return body.collection().size();
  };
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_mb() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes / 1024;
  }
  return 0;
}

Cost measure(const Get& get, const std::string& target, std::size_t size, std::size_t count) {
  get("/object");  // the connection stands
  const double cpu_before = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t i = 0; i < count; ++i) {
    if (get(target) != size) throw std::runtime_error("a body was cut");
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  const auto requests = static_cast<double>(count);
  return {requests / took.count(), (cpu_seconds() - cpu_before) / requests * 1e6, peak_mb()};
}

/// A child that runs `work` with the end of a pipe to write to; `process` and `read_end` are the parent's.
struct Child {
  pid_t process = -1;
  int read_end = -1;
};
Child start(const std::function<void(int)>& work) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t process = ::fork();
  if (process < 0) throw std::runtime_error("no process");
  if (process == 0) {
    ::close(ends[0]);
    try {
      work(ends[1]);
    } catch (const std::exception& error) {
      std::cerr << "http-clients: " << error.what() << "\n";
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {process, ends[0]};
}

template <typename T>
void tell(int end, const T& value) {
  if (::write(end, &value, sizeof value) != sizeof value) throw std::runtime_error("the pipe broke");
}

template <typename T>
T hear(const Child& child) {
  T value{};
  if (::read(child.read_end, &value, sizeof value) != sizeof value) {
    throw std::runtime_error("a process failed");
  }
  return value;
}

/// Serves until it is killed.
class Server {
 public:
  explicit Server(const Issued& issued)
      : child_(start([&](int end) {
          const std::string object(kObjectBytes, 'o');
          const std::string list(kListBytes, 'l');
          const auto server = net::start_http_server(
              {.certificate_pem = issued.certificate_pem, .key_pem = issued.key_pem},
              [&](const net::ServerRequest& request) {
                return net::ServerReply{.body = request.target == "/list" ? list : object};
              });
          if (!server) throw std::runtime_error(server.error().text());
          tell(end, (*server)->port());
          for (;;) ::pause();
        })),
        port_(hear<std::uint16_t>(child_)) {}
  ~Server() {
    ::kill(child_.process, SIGKILL);
    ::waitpid(child_.process, nullptr, 0);
    ::close(child_.read_end);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  Child child_;
  std::uint16_t port_;
};

using MakeClient = Get (*)(std::uint16_t, const std::string&);

Cost run_client(MakeClient make, const Server& server, const std::string& ca_pem, const std::string& target,
                std::size_t size, std::size_t count) {
  const Child child =
      start([&](int end) { tell(end, measure(make(server.port(), ca_pem), target, size, count)); });
  const auto cost = hear<Cost>(child);
  ::waitpid(child.process, nullptr, 0);
  ::close(child.read_end);
  return cost;
}

/// All rounds of one client with one kind of request.
struct Series {
  const char* client;
  MakeClient make;
  const char* what;
  const char* target;
  std::size_t size;
  std::size_t count;
  std::vector<double> rates = {}, cpu = {}, peaks = {};
};

nlohmann::json report(const Series& series) {
  const double rate = bench::percentile(series.rates, 0.5);
  const double cpu = bench::percentile(series.cpu, 0.5);
  const double peak = bench::percentile(series.peaks, 0.5);
  std::printf("%-10s %-12s %14.1f %18.0f %12.1f\n", series.what, series.client, rate, cpu, peak);
  return {{"client", series.client},
          {"what", series.what},
          {"requests_per_second", rate},
          {"cpu_us_per_request", cpu},
          {"peak_mb", peak}};
}

int run(const Plan& plan) {
  const TestAuthority authority("bench");
  const Server server(authority.issue({.alt_names = "IP:127.0.0.1"}));
  std::vector<Series> all = {{"cpprestsdk", cpprest_client, "object", "/object", kObjectBytes, plan.objects},
                             {"lib/net", net_client, "object", "/object", kObjectBytes, plan.objects},
                             {"cpprestsdk", cpprest_client, "list", "/list", kListBytes, plan.lists},
                             {"lib/net", net_client, "list", "/list", kListBytes, plan.lists}};
  for (std::size_t round = 0; round < plan.rounds; ++round) {
    for (auto& series : all) {
      const auto cost =
          run_client(series.make, server, authority.ca_pem(), series.target, series.size, series.count);
      series.rates.push_back(cost.requests_per_second);
      series.cpu.push_back(cost.cpu_us_per_request);
      series.peaks.push_back(cost.peak_mb);
    }
  }
  std::printf("%zu objects of %zu KB, %zu lists of %zu MB a round, one kept TLS connection, median of %zu\n",
              plan.objects, kObjectBytes / 1000, plan.lists, kListBytes / 1'000'000, plan.rounds);
  std::printf("%-10s %-12s %14s %18s %12s\n", "what", "client", "requests/s", "CPU us/request", "peak MB");
  nlohmann::json numbers = nlohmann::json::array();
  for (const auto& series : all) numbers.push_back(report(series));
  bench::write_json(
      "http-clients",
      {{"rounds", plan.rounds}, {"objects", plan.objects}, {"lists", plan.lists}, {"results", numbers}});
  return 0;
}

std::size_t number(int argc, char** argv, int index, std::size_t otherwise) {
  return argc > index ? std::strtoul(argv[index], nullptr, 10) : otherwise;
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_ARENA_MAX, 2);  // as the operator does
  try {
    const Plan plan;
    return run({number(argc, argv, 1, plan.rounds), number(argc, argv, 2, plan.objects),
                number(argc, argv, 3, plan.lists)});
  } catch (const std::exception& error) {
    std::cerr << "http-clients: " << error.what() << "\n";
    return 2;
  }
}
