// kubectl with pods whose twins are in a namespace of their own at the provider, with no more rights there
// than docs/provider-access.yaml and docs/provider-access-mapped.yaml give.

#include <filesystem>
#include <fstream>
#include <regex>

#include "burst/names.h"
#include "support/mapped_namespaces.h"

namespace testing_support::mapped_streams_test {

using namespace std::chrono_literals;
using nlohmann::json;

class MappedStreams : public MappedNamespaces {
 protected:
  MappedStreams() : MappedNamespaces("es-2", "mapped-") {}
  /// A running bursted pod "one" with the containers main, ticker and file.
  void SetUp() override {
    MappedNamespaces::SetUp();
    connect();
    json pod = gpu_pod(ns_, "one", "infinity");
    json more = pod["spec"]["containers"][0];
    more.erase("resources");
    for (const char* name : {"ticker", "file"}) {
      more["name"] = name;
      pod["spec"]["containers"].push_back(more);
    }
    create_pod(pod);
    ASSERT_EQ(node_of(wait_phase("one", "Running")), node());
    ASSERT_EQ(list_all(es(), kube::kPods, mapped(), std::string(burst::kRoleLabel) + "=twin").size(), 1u);
  }
  CommandResult on_pod(std::vector<std::string> arguments, const std::string& input = {}) {
    arguments.insert(arguments.begin() + 1, {"--namespace", ns_});
    return kubectl(sandbox_, arguments, input);
  }
  /// kubectl VERB one MORE..., running on with its output in a file of its own.
  std::unique_ptr<Process> start_on_pod(const std::string& verb, const std::vector<std::string>& more) {
    std::vector<std::string> command{sandbox_.kubectl(),
                                     "--kubeconfig",
                                     sandbox_.admin_kubeconfig("home"),
                                     verb,
                                     "--namespace",
                                     ns_,
                                     "one"};
    command.insert(command.end(), more.begin(), more.end());
    const std::string seen = neoburst_.log_folder() + "/" + ns_ + "-" + verb;
    std::filesystem::remove(seen);
    return std::make_unique<Process>(std::move(command), seen);
  }
};

TEST_F(MappedStreams, EveryStreamWorks) {
  std::ofstream(sandbox_.folder() + "/" + kProvider + "/logs/file.log")
      << "2026-11-23T10:00:00.000000001Z stdout F from " << ns_ << "\n";
  const auto log = on_pod({"logs", "one", "-c", "file"});
  EXPECT_EQ(log.output, "from " + ns_ + "\n") << log.errors;

  const auto counted =
      on_pod({"exec", "-i", "one", "-c", "main", "--", "wc", "-c"}, std::string(100'000, 'x'));
  EXPECT_NE(counted.output.find("100000"), std::string::npos) << counted.errors;
  EXPECT_EQ(on_pod({"exec", "one", "-c", "main", "--", "sh", "-c", "exit 7"}).exit_code, 7);

  const auto attach = start_on_pod("attach", {"-c", "ticker"});
  require_within("a line of the ticker", 30s, [&] {
    const std::string text = read_text(attach->log());
    return text.find("tick") != std::string::npos ? std::string() : "it shows: " + text;
  });

  const auto forward = start_on_pod("port-forward", {":8080"});
  std::smatch port;
  std::string text;
  require_within("a port", 30s, [&] {
    text = read_text(forward->log());
    const bool told = std::regex_search(text, port, std::regex("127\\.0\\.0\\.1:(\\d+) ->"));
    return told ? std::string() : "kubectl says: " + text;
  });
  const auto page = run_command({"curl", "-sS", "--max-time", "20", "http://127.0.0.1:" + port[1].str()});
  EXPECT_EQ(page.output, "from a fake pod") << page.errors << read_text(forward->log());
}

}  // namespace testing_support::mapped_streams_test
