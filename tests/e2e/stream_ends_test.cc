// What streams leave behind in the operator, and what happens to them when credentials change: through the
// home API server, with the fake kubelets as providers.

#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
#include <thread>

#include "support/e2e.h"
#include "support/tls_peer.h"

namespace testing_support::stream_ends_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kStreams = 100;
/// How many of these are cut off in the middle of a flood that nobody reads.
constexpr int kFloods = 10;

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder)) ++count;
  return count;
}

/// A WebSocket frame of a client; the key that every byte is masked with is zero. `channel` is the first byte
/// of the payload: 0 is the input, 255 closes the one named.
std::string frame(char channel, const std::string& payload) {
  std::string bytes = "\x82";
  bytes.push_back(static_cast<char>(0x80 | (payload.size() + 1)));
  bytes.append(4, '\0').push_back(channel);
  return bytes + payload;
}

class StreamEnds : public EndToEnd {
 protected:
  /// A running bursted pod "one", whose container "file" shows a log that a test writes.
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"));
    json pod = gpu_pod(ns_, "one", "infinity");
    json more = pod["spec"]["containers"][0];
    more["name"] = "file";
    more.erase("resources");
    pod["spec"]["containers"].push_back(more);
    create_pod(pod);
    wait_phase("one", "Running");
  }
  /// Has the home API server run a command in the pod; `command` is that part of the query.
  std::unique_ptr<TlsPeer> exec(const std::string& command) {
    const kube::ClientConfig& api = home().config();
    auto peer = TlsPeer::connect(api.endpoint.port, {api.tls.certificate_pem, api.tls.key_pem});
    peer->write("GET /api/v1/namespaces/" + ns_ + "/pods/one/exec?container=file&stdin=true&stdout=true&" +
                command +
                " HTTP/1.1\r\nHost: home\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
                "Sec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\n");
    return peer;
  }
  /// Commands that are all there at the same time, with their input and their end; and floods that are cut.
  void run_commands() {
    std::latch all_there(kStreams);
    std::atomic<int> right = 0;
    std::vector<std::jthread> clients;
    for (int i = 0; i < kStreams; ++i) {
      clients.emplace_back([&, i] {
        const bool is_flood = i < kFloods;
        const auto client = exec(is_flood ? "command=cat&command=/dev/zero" : "command=cat");
        const bool began = client->read_until("\r\n\r\n").starts_with("HTTP/1.1 101 ");
        all_there.arrive_and_wait();
        if (is_flood) return client->abort();
        const std::string mine = "input of " + std::to_string(i) + ";";
        client->write(frame(0, mine) + frame('\xff', std::string(1, '\0')));
        const std::string all = client->read_all();
        if (began && all.find(mine) != std::string::npos && all.find("\"Success\"") != std::string::npos) {
          ++right;
        }
      });
    }
    clients.clear();
    EXPECT_EQ(right, kStreams - kFloods);
  }
  std::string operator_log() { return neoburst_.operator_process().log(); }
  int connections_of_provider() {
    std::ifstream log(operator_log());
    int count = 0;
    for (std::string line; std::getline(log, line);) {
      if (line.find("provider connected") != std::string::npos &&
          line.find("neocloud-eu") != std::string::npos) {
        ++count;
      }
    }
    return count;
  }
  std::string log_file() const { return sandbox_.folder() + "/neocloud-eu/logs/file.log"; }
};

TEST_F(StreamEnds, AHundredCommandsAtOnceLeaveNothingBehind) {
  const std::string process = "/proc/" + std::to_string(neoburst_.operator_process().pid());
  // A round ends when nothing has changed for a while: streams end a moment after their clients see the end.
  const auto settled = [&] {
    std::pair<std::size_t, std::size_t> seen{entries(process + "/fd"), entries(process + "/task")};
    int still = 0;
    require_within("the operator is quiet", 60s, [&] {
      const auto before = std::exchange(seen, {entries(process + "/fd"), entries(process + "/task")});
      still = before == seen ? still + 1 : 0;
      return still > 40 ? std::string() : std::to_string(seen.first) + " descriptors";
    });
    return seen;
  };
  run_commands();  // connections to API servers that stay for next time are there after a first round
  const auto before = settled();
  run_commands();
  require_within("the operator is as it was", 60s, [&] {
    const std::size_t descriptors = entries(process + "/fd");
    const std::size_t threads = entries(process + "/task");
    if (descriptors <= before.first && threads <= before.second) return std::string();
    return std::to_string(descriptors) + " descriptors and " + std::to_string(threads) + " threads, before " +
           std::to_string(before.first) + " and " + std::to_string(before.second);
  });
}

TEST_F(StreamEnds, ALogIsFollowedOverAChangeOfTheProvidersCredentials) {
  std::ofstream(log_file()) << "2026-11-23T10:00:00.000000001Z stdout F first\n";
  const std::string seen = neoburst_.log_folder() + "/rotated.log";
  std::filesystem::remove(seen);
  Process follow({sandbox_.kubectl(), "--kubeconfig", sandbox_.admin_kubeconfig("home"), "logs",
                  "--namespace", ns_, "one", "-c", "file", "--follow"},
                 seen);
  require_within("the first line", 30s, [&] { return read_text(seen) == "first\n" ? "" : read_text(seen); });

  const int before = connections_of_provider();
  const std::string rotated = read_text(sandbox_.customer_kubeconfig("neocloud-eu")) + "# rotated\n";
  ensure_object(home(), kube::kSecrets, kubeconfig_secret("neocloud-eu", rotated));
  require_within("the provider is connected anew", 90s, [&] {
    return connections_of_provider() > before ? std::string() : tail_of(operator_log(), 5);
  });
  EXPECT_EQ(kubectl(sandbox_, {"logs", "--namespace", ns_, "one", "-c", "file"}).output, "first\n");
  std::ofstream(log_file(), std::ios::app) << "2026-11-23T10:00:01.000000001Z stdout F second\n";
  require_within("the second line", 30s,
                 [&] { return read_text(seen) == "first\nsecond\n" ? "" : read_text(seen); });
}

}  // namespace testing_support::stream_ends_test
