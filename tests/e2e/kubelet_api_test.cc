// What people do with a pod by kubectl, done with a bursted one; and who may not.

#include <fstream>
#include <regex>

#include "support/e2e.h"
#include "support/node_port.h"
#include "support/tls_peer.h"

namespace testing_support::kubelet_api_test {

using namespace std::chrono_literals;
using nlohmann::json;

class KubeletApi : public EndToEnd {
 protected:
  /// A running bursted pod "one" with the containers main, ticker and file.
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"));
    json pod = gpu_pod(ns_, "one", "infinity");
    for (const char* name : {"ticker", "file"}) {
      json more = pod["spec"]["containers"][0];
      more["name"] = name;
      more.erase("resources");
      pod["spec"]["containers"].push_back(more);
    }
    main_ = pod["spec"]["containers"][0]["name"];
    created_ = create_pod(pod);
    wait_phase("one", "Running");
  }
  CommandResult on_pod(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin() + 1, {"--namespace", ns_});
    return kubectl(sandbox_, arguments, input);
  }
  CommandResult logs(std::vector<std::string> more) {
    more.insert(more.begin(), {"logs", "one"});
    return on_pod(more);
  }
  std::string provider_folder() const { return sandbox_.folder() + "/neocloud-eu"; }
  /// Writes the log that the container "file" shows.
  void write_log(const std::vector<std::string>& lines) const {
    std::ofstream file(provider_folder() + "/logs/file.log");
    for (const std::string& line : lines) file << line << "\n";
  }

  NodePort port_{sandbox_, kEuNode};
  std::string main_;
  json created_;
};

std::string one_line(const CommandResult& result) {
  return std::to_string(result.exit_code) + ": " + result.output + result.errors;
}

TEST_F(KubeletApi, TheNodePublishesOneAddressAndItsPort) {
  const json node = find_object(home(), kube::kNodes, {}, kEuNode);
  EXPECT_EQ(node["status"]["addresses"], json::parse(R"([{"type": "InternalIP", "address": "127.0.0.1"}])"));
  EXPECT_NE(port_.number(), 0);
}

TEST_F(KubeletApi, LogsAreSelectedAsAsked) {
  write_log({"2026-11-23T10:00:00.000000001Z stdout F first",
             "2026-11-23T11:00:00.000000001Z stdout F second",
             "2026-11-23T12:00:00.000000001Z stdout F third"});
  EXPECT_EQ(logs({"-c", "file"}).output, "first\nsecond\nthird\n");
  EXPECT_EQ(logs({"-c", "file", "--tail", "1"}).output, "third\n");
  EXPECT_EQ(logs({"-c", "file", "--since-time", "2026-11-23T10:30:00Z"}).output, "second\nthird\n");
  EXPECT_EQ(logs({"-c", "file", "--since", "1s"}).output, "");
  EXPECT_EQ(logs({"-c", "file", "--limit-bytes", "8"}).output, "first\nse");
  EXPECT_EQ(logs({"-c", "file", "--timestamps", "--tail", "1"}).output,
            "2026-11-23T12:00:00.000000001Z third\n");
  const auto previous = logs({"-c", main_, "--previous"});
  EXPECT_EQ(previous.exit_code, 0) << previous.errors;
  EXPECT_NE(previous.output, logs({"-c", main_}).output);
}

TEST_F(KubeletApi, LogsAreFollowed) {
  write_log({"2026-11-23T10:00:00.000000001Z stdout F first"});
  const std::string seen = neoburst_.log_folder() + "/followed.log";
  std::filesystem::remove(seen);
  Process follow({sandbox_.kubectl(), "--kubeconfig", sandbox_.admin_kubeconfig("home"), "logs",
                  "--namespace", ns_, "one", "-c", "file", "--follow"},
                 seen);
  require_within("the first line", 30s, [&] { return read_text(seen) == "first\n" ? "" : read_text(seen); });
  std::ofstream(provider_folder() + "/logs/file.log", std::ios::app)
      << "2026-11-23T10:00:01.000000001Z stdout F second\n";
  require_within("the second line", 30s,
                 [&] { return read_text(seen) == "first\nsecond\n" ? "" : read_text(seen); });
}

TEST_F(KubeletApi, CommandsRunWithInputOutputAndExitCode) {
  const auto plain = on_pod({"exec", "one", "-c", main_, "--", "sh", "-c", "echo out; echo err >&2"});
  EXPECT_EQ(plain.exit_code, 0) << plain.errors;
  EXPECT_EQ(plain.output, "out\n");
  EXPECT_NE(plain.errors.find("err\n"), std::string::npos);
  EXPECT_EQ(on_pod({"exec", "one", "-c", main_, "--", "sh", "-c", "exit 7"}).exit_code, 7);
  const std::string input(300'000, 'x');
  const auto counted = on_pod({"exec", "-i", "one", "-c", main_, "--", "wc", "-c"}, input);
  EXPECT_EQ(counted.exit_code, 0) << counted.errors;
  EXPECT_NE(counted.output.find("300000"), std::string::npos) << counted.output;
}

TEST_F(KubeletApi, ATerminalIsOne) {
  // `script` gives kubectl a terminal of its own. kwok loses what a command writes right before its end.
  const std::string command = sandbox_.kubectl() + " --kubeconfig " + sandbox_.admin_kubeconfig("home") +
                              " exec -it --namespace " + ns_ + " one -c " + main_ +
                              " -- sh -c 'tty; sleep 1'";
  const auto result = run_command({"script", "--quiet", "--return", "--command", command, "/dev/null"});
  EXPECT_EQ(result.exit_code, 0) << one_line(result);
  EXPECT_NE(result.output.find("/dev/pts/"), std::string::npos) << one_line(result);
}

TEST_F(KubeletApi, AttachShowsWhatTheContainerWrites) {
  const std::string seen = neoburst_.log_folder() + "/attached.log";
  std::filesystem::remove(seen);
  Process attach({sandbox_.kubectl(), "--kubeconfig", sandbox_.admin_kubeconfig("home"), "attach",
                  "--namespace", ns_, "one", "-c", "ticker"},
                 seen);
  require_within("a line of the ticker", 30s, [&] {
    return read_text(seen).find("tick") != std::string::npos ? std::string() : read_text(seen);
  });
}

TEST_F(KubeletApi, FilesAreCopiedBothWays) {
  const std::string folder = neoburst_.log_folder();
  const std::string name = "copied-" + ns_;
  std::string content;
  for (int i = 0; i < 200'000; ++i) content += std::to_string(i) + "\n";
  std::ofstream(folder + "/there") << content;
  const auto to = on_pod({"cp", folder + "/there", "one:" + name, "-c", main_});
  ASSERT_EQ(to.exit_code, 0) << one_line(to);
  const auto back = on_pod({"cp", "one:" + name, folder + "/back", "-c", main_});
  ASSERT_EQ(back.exit_code, 0) << one_line(back);
  const bool same = read_text(folder + "/back") == content;
  EXPECT_TRUE(same);
  std::filesystem::remove(provider_folder() + "/exec/" + name);
}

TEST_F(KubeletApi, PortsAreForwarded) {
  const std::string seen = neoburst_.log_folder() + "/forwarded.log";
  std::filesystem::remove(seen);
  Process forward({sandbox_.kubectl(), "--kubeconfig", sandbox_.admin_kubeconfig("home"), "port-forward",
                   "--namespace", ns_, "one", ":8080", ":19"},
                  seen);
  std::vector<std::string> ports;
  require_within("two ports", 30s, [&]() -> std::string {
    const std::string text = read_text(seen);
    const std::regex listening("127\\.0\\.0\\.1:(\\d+) ->");
    ports.clear();
    for (std::sregex_iterator at(text.begin(), text.end(), listening), end; at != end; ++at) {
      ports.push_back((*at)[1]);
    }
    return ports.size() == 2 ? std::string() : "kubectl says: " + text;
  });
  EXPECT_EQ(run_command({"curl", "-s", "--max-time", "20", "http://127.0.0.1:" + ports[0]}).output,
            "from a fake pod");
  // A hundred MiB, byte by byte.
  const auto zeros = run_command({"bash", "-c",
                                  "exec 3<>/dev/tcp/127.0.0.1/" + ports[1] +
                                      "; timeout 60 cat <&3 | tee >(tr -d '\\0' | wc -c >&2) | wc -c"});
  EXPECT_EQ(zeros.output, "104857600\n") << zeros.errors;
  EXPECT_EQ(zeros.errors, "0\n");
}

TEST_F(KubeletApi, WhatIsNotThereIsToldInTheWordsOfAKubelet) {
  EXPECT_EQ(port_.ask_as_api_server("/healthz"), "ok 200");
  EXPECT_EQ(port_.ask_as_api_server("/nothing"), "404 page not found\n 404");
  EXPECT_EQ(port_.ask_as_api_server("/containerLogs/" + ns_ + "/nobody/main"),
            "pod \"nobody\" does not exist 404");
  EXPECT_EQ(port_.ask_as_api_server("/containerLogs/" + ns_ + "/one/nothing"),
            "container \"nothing\" not found in pod \"one\" 404");
  const auto no_command = on_pod({"exec", "one", "-c", main_, "--", "no-such-command"});
  EXPECT_NE(no_command.exit_code, 0);
  // Whatever the provider says, the answer is about the pod and not about its twin.
  EXPECT_EQ(no_command.errors.find(name_of(wait_twin(created_, "neocloud-eu"))), std::string::npos)
      << one_line(no_command);
}

TEST_F(KubeletApi, NobodyAndTheWrongUserAreKeptOut) {
  const auto ask = [&](const std::vector<std::string>& more) {
    return port_.ask("/containerLogs/" + ns_ + "/one/" + main_, more);
  };
  EXPECT_TRUE(ask({}).ends_with(" 401")) << ask({});
  EXPECT_TRUE(ask({"-H", "Authorization: Bearer nonsense"}).ends_with(" 401"));
  // Signed by the cluster, and allowed nothing.
  const TestAuthority authority(
      Issued{read_text(home_pki(sandbox_) + "ca.crt"), read_text(home_pki(sandbox_) + "ca.key")});
  const Issued mallory = authority.issue({.common_name = "mallory"});
  const std::string folder = neoburst_.log_folder();
  std::ofstream(folder + "/mallory.crt") << mallory.certificate_pem;
  std::ofstream(folder + "/mallory.key") << mallory.key_pem;
  const auto forbidden = ask({"--cert", folder + "/mallory.crt", "--key", folder + "/mallory.key"});
  EXPECT_TRUE(forbidden.ends_with(" 403")) << forbidden;
  EXPECT_NE(forbidden.find("user=mallory"), std::string::npos) << forbidden;
  // Signed by somebody else under the API server's name.
  const TestAuthority other("Another CA");
  const Issued forged = other.issue({.common_name = "kube-apiserver-kubelet-client"});
  std::ofstream(folder + "/forged.crt") << forged.certificate_pem;
  std::ofstream(folder + "/forged.key") << forged.key_pem;
  EXPECT_TRUE(ask({"--cert", folder + "/forged.crt", "--key", folder + "/forged.key"}).ends_with(" 401"));
}

}  // namespace testing_support::kubelet_api_test
