// What people do with a pod by kubectl, done through the home API server with a pod that a real kubelet runs
// at a provider.

#include <cstring>
#include <fstream>
#include <iostream>
#include <random>
#include <regex>

#include "echo.h"
#include "real_kubelet.h"

namespace testing_support::streams_test {

using namespace std::chrono_literals;
using nlohmann::json;

class RealStreams : public RealKubelet {};

std::string told(const CommandResult& result) {
  return std::to_string(result.exit_code) + ": " + result.output + result.errors;
}

std::string random_bytes(std::size_t size) {
  std::mt19937_64 random(7);
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i + 8 <= size; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(&bytes[i], &word, 8);
  }
  return bytes;
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

TEST_F(RealStreams, LogsGrowWhileTheyAreFollowedAndEndWithTheContainer) {
  json ending = workload_pod("one", {"tick"});
  ending["spec"]["activeDeadlineSeconds"] = 600;
  run(ending);
  const auto follow = start_on_pod({"logs", "one", "--follow"}, "followed");
  wait_text(follow->log(), "tick 1\n");
  wait_text(follow->log(), "tick 30\n");
  EXPECT_EQ(on_pod({"logs", "one", "--limit-bytes", "9"}).output, "tick 1\nti");
  const auto last = on_pod({"logs", "one", "--tail", "1", "--timestamps"});
  EXPECT_TRUE(std::regex_match(last.output, std::regex(R"(\d{4}-\d\d-\d\dT\S+Z tick \d+\n)"))) << told(last);
  EXPECT_EQ(on_pod({"exec", "one", "--", "kill", "1"}).exit_code, 0);
  wait_phase("one", "Succeeded");
  EXPECT_TRUE(wait_until("the follower to end with its container", 30s, [&] { return !follow->running(); }));
}

TEST_F(RealStreams, CommandsRunWithInputOutputAndExitCode) {
  run(workload_pod("one", {"pause"}));
  const auto both = on_pod({"exec", "one", "--", "sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(both.exit_code, 7);
  EXPECT_EQ(both.output, "out\n");
  EXPECT_NE(both.errors.find("err\n"), std::string::npos) << told(both);
  const std::string input = random_bytes(3 << 20);
  const auto counted = on_pod({"exec", "-i", "one", "--", "sha256sum"}, input);
  const auto here = run_command({"sha256sum"}, input);
  EXPECT_EQ(counted.output, here.output) << told(counted);
  // The GPU is the one that the device plugin gave.
  const auto gpu = on_pod({"exec", "one", "--", "sh", "-c", "echo $NVIDIA_VISIBLE_DEVICES"});
  EXPECT_TRUE(gpu.output.starts_with("GPU-sandbox-")) << told(gpu);
}

TEST_F(RealStreams, ATerminalHasASizeAndEchoesWhatIsTyped) {
  run(workload_pod("one", {"pause"}));
  // `script` gives kubectl a terminal, `stty` the size of a real one.
  // The size comes after the command has begun; until then `stty` in the container fails.
  const std::string command = "stty rows 33 cols 101; exec " + sandbox_.kubectl() + " --kubeconfig " +
                              sandbox_.admin_kubeconfig("home") + " exec -it --namespace " + ns_ +
                              " one -- sh -c 'tty; for i in $(seq 100); do s=$(stty size 2> /dev/null); "
                              "[ -n \"$s\" ] && break; sleep 0.1; done; echo $s; "
                              "read x; echo got:$x; exit 4'";
  const auto result =
      run_command({"script", "--quiet", "--return", "--command", command, "/dev/null"}, "typed\n");
  EXPECT_EQ(result.exit_code, 4) << told(result);
  EXPECT_NE(result.output.find("/dev/pts/"), std::string::npos) << told(result);
  EXPECT_NE(result.output.find("33 101"), std::string::npos) << told(result);
  EXPECT_NE(result.output.find("got:typed"), std::string::npos) << told(result);
}

TEST_F(RealStreams, AttachShowsOutputAndGivesInput) {
  json reading = workload_pod("one", {});
  reading["spec"]["containers"][0]["command"] = {"sh", "-c", "while read x; do echo got:$x; done"};
  reading["spec"]["containers"][0]["stdin"] = true;
  reading["spec"]["containers"][0]["stdinOnce"] = true;
  run(reading);
  const auto attached = on_pod({"attach", "-i", "one"}, "first\nsecond\n");
  EXPECT_NE(attached.output.find("got:first\ngot:second\n"), std::string::npos) << told(attached);
  // The end of the input was the end of the program.
  wait_phase("one", "Succeeded");
}

TEST_F(RealStreams, FilesAreCopiedBothWays) {
  run(workload_pod("one", {"pause"}));
  const std::string folder = neoburst_.log_folder();
  const std::string content = random_bytes(8 << 20);
  write_file(folder + "/there", content);
  const auto to = on_pod({"cp", folder + "/there", "one:/tmp/here"});
  ASSERT_EQ(to.exit_code, 0) << told(to);
  const auto back = on_pod({"cp", "one:/tmp/here", folder + "/back"});
  ASSERT_EQ(back.exit_code, 0) << told(back);
  const bool same = read_text(folder + "/back") == content;
  EXPECT_TRUE(same);
}

TEST_F(RealStreams, ADebugContainerSeesTheProcessesOfItsTarget) {
  run(workload_pod("one", {"tick"}));
  const auto added = on_pod({"debug", "one", "--image", kWorkloadImage, "--target", "main", "--container",
                             "look", "--", "sh", "-c", "ps; echo seen"});
  ASSERT_EQ(added.exit_code, 0) << told(added);
  require_alive_within("the debug container to end", 60s, [&] {
    const json status = pod("one")["status"].value("ephemeralContainerStatuses", json::array());
    const bool ended = !status.empty() && status[0].value("state", json::object()).contains("terminated");
    return ended ? std::string() : status.dump();
  });
  const auto output = on_pod({"logs", "one", "--container", "look"});
  EXPECT_NE(output.output.find("workload tick"), std::string::npos) << told(output);
  EXPECT_NE(output.output.find("seen\n"), std::string::npos) << told(output);
}

TEST_F(RealStreams, AForwardedPortCarriesAHundredMegabytesIntact) {
  run(workload_pod("one", {"serve", "7000"}));
  const auto forward = start_on_pod({"port-forward", "one", ":7000"}, "forwarded");
  wait_text(forward->log(), "-> 7000");
  const std::string text = read_text(forward->log());
  std::smatch port;
  ASSERT_TRUE(std::regex_search(text, port, std::regex("127\\.0\\.0\\.1:(\\d+) ->"))) << text;
  const std::string sent = random_bytes(100'000'000);
  const auto started = std::chrono::steady_clock::now();
  const std::string received = echoed(static_cast<std::uint16_t>(std::stoi(port[1])), sent);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
  EXPECT_EQ(received.size(), sent.size());
  const bool same = received == sent;
  EXPECT_TRUE(same);
  std::cout << "port-forward: 100 MB there and back in " << took.count() << " s\n";
}

}  // namespace testing_support::streams_test
