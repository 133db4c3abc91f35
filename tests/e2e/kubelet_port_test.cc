// Access to the port of a burst node, and which pods it serves.

#include "burst/names.h"
#include "support/e2e.h"
#include "support/node_port.h"

namespace testing_support::kubelet_port_test {

using namespace std::chrono_literals;
using nlohmann::json;

class KubeletPort : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
    create_pod(gpu_pod(ns_, "one", "infinity"));
    one_ = wait_phase("one", "Running");
    node_ = node_of(one_);
    other_ = node_ == kEuNode ? kUsNode : kEuNode;
    main_ = one_["spec"]["containers"][0]["name"];
  }
  void TearDown() override {
    for (const char* kind : {"clusterrole", "clusterrolebinding"})
      kubectl(sandbox_, {"delete", kind, ns_, "--ignore-not-found"});
    EndToEnd::TearDown();
  }
  void must(const std::vector<std::string>& arguments) {
    const auto result = kubectl(sandbox_, arguments);
    ASSERT_EQ(result.exit_code, 0) << result.errors;
  }
  std::string token_of(const std::string& account) {
    must({"create", "serviceaccount", account, "--namespace", ns_});
    std::string token = kubectl(sandbox_, {"create", "token", account, "--namespace", ns_}).output;
    while (token.ends_with('\n')) token.pop_back();
    return token;
  }
  std::string log_path(const std::string& container) const {
    return "/containerLogs/" + ns_ + "/one/" + container;
  }
  static bool is(const std::string& answer, int status) {
    return answer.ends_with(" " + std::to_string(status));
  }

  json one_;
  std::string node_;
  std::string other_;
  std::string main_;
};

TEST_F(KubeletPort, ATokenGetsInAsFarAsItsRightsGo) {
  NodePort port(sandbox_, node_);
  const std::string allowed = token_of("allowed");
  const std::string other = token_of("other");
  must({"create", "clusterrole", ns_, "--verb=get", "--resource=nodes/metrics"});
  must({"create", "clusterrolebinding", ns_, "--clusterrole=" + ns_, "--serviceaccount=" + ns_ + ":allowed"});
  // A refusal is remembered for half a minute.
  require_alive_within("the right to count", 60s, [&] {
    const std::string answer = port.ask_with_token("/metrics/resource", allowed);
    return is(answer, 200) ? std::string() : answer;
  });
  const std::string logs = port.ask_with_token(log_path(main_), allowed);
  EXPECT_TRUE(is(logs, 403)) << logs;
  EXPECT_NE(logs.find("user=system:serviceaccount:" + ns_ + ":allowed"), std::string::npos) << logs;
  const std::string forbidden = port.ask_with_token("/metrics/resource", other);
  EXPECT_TRUE(is(forbidden, 403)) << forbidden;
  const std::string nobody = port.ask("/metrics/resource");
  EXPECT_TRUE(is(nobody, 401)) << nobody;
  const std::string lower = port.ask("/metrics/resource", {"-H", "Authorization: bearer " + allowed});
  EXPECT_TRUE(is(lower, 200)) << lower;
}

TEST_F(KubeletPort, ANodeServesItsOwnPodsAndTheirOwnContainers) {
  NodePort port(sandbox_, node_);
  NodePort other(sandbox_, other_);
  EXPECT_TRUE(is(port.ask_as_api_server(log_path(main_)), 200)) << port.ask_as_api_server(log_path(main_));
  EXPECT_EQ(other.ask_as_api_server(log_path(main_)), "pod \"one\" does not exist 404");
  EXPECT_EQ(json::parse(other.ask_as_api_server("/pods", {"-w", ""}))["items"].dump().find(uid_of(one_)),
            std::string::npos);
  const std::vector<std::string> upgrade{"-X", "POST",
                                         "-H", "Connection: Upgrade",
                                         "-H", "Upgrade: SPDY/3.1",
                                         "-H", "X-Stream-Protocol-Version: v4.channel.k8s.io"};
  const std::string wrong = "/exec/" + ns_ + "/one/00000000-1111-2222-3333-444444444444/" + main_;
  EXPECT_EQ(port.ask_as_api_server(wrong + "?command=true&output=1", upgrade), "pod does not exist 404");
  // The twin's other containers are not shown.
  const std::string provider = node_ == kEuNode ? "neocloud-eu" : "neocloud-us";
  const json twin = wait_twin(one_, provider);
  const std::string own =
      "," + twin["metadata"]["annotations"].value(std::string(burst::kContainersAnnotation), "") + ",";
  for (const char* list : {"initContainers", "containers"}) {
    for (const json& container : twin["spec"].value(list, json::array())) {
      const std::string name = container["name"];
      const bool is_own = own.find("," + name + ",") != std::string::npos;
      EXPECT_TRUE(is(port.ask_as_api_server(log_path(name)), is_own ? 200 : 404)) << name;
    }
  }
  EXPECT_TRUE(is(port.ask_as_api_server(log_path("neoburst")), 404));
}

}  // namespace testing_support::kubelet_port_test
