// Differences that a user who does not look at the node's name must not notice.

#include "support/e2e.h"
#include "support/references.h"

namespace testing_support::unnoticed_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Unnoticed : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  CommandResult logs_of_one() { return kubectl(sandbox_, {"logs", "one", "--namespace", ns_}); }
};

TEST_F(Unnoticed, TheQosClassIsThatOfHome) {
  const json guaranteed = {{"nvidia.com/gpu", "1"}, {"cpu", "1"}, {"memory", "1Gi"}};
  json requested = gpu_pod(ns_, "burstable", "infinity");
  requested["spec"]["containers"][0]["resources"]["requests"] = {{"cpu", "1"}};
  json limited = gpu_pod(ns_, "guaranteed", "infinity");
  limited["spec"]["containers"][0]["resources"]["limits"] = guaranteed;
  const json least = gpu_pod(ns_, "least", "infinity");
  for (const json& pod : {requested, limited, least}) create_pod(pod);
  const std::map<std::string, std::string> expected{
      {"burstable", "Burstable"}, {"guaranteed", "Guaranteed"}, {"least", "BestEffort"}};
  for (const auto& [name, qos] : expected) {
    const json running = wait_phase(name, "Running");
    EXPECT_EQ(running["status"].value("qosClass", ""), qos) << name;
    // Its kubelet there treats it as one at home would.
    EXPECT_EQ(wait_twin(running, "neocloud-eu")["status"].value("qosClass", ""), qos) << name;
  }
}

TEST_F(Unnoticed, LogsAndCommandsComeBackAfterAnOperatorHasGone) {
  const json created = create_pod(gpu_pod(ns_, "one", "infinity"));
  wait_phase("one", "Running");
  const auto before = logs_of_one();
  ASSERT_EQ(before.exit_code, 0) << before.errors;
  ASSERT_NE(before.output, "");
  neoburst_.kill_operator();
  EXPECT_NE(logs_of_one().exit_code, 0) << "nobody answers at the port";
  neoburst_.start_operator();
  require_alive_within("the log again", 60s, [&] {
    const auto again = logs_of_one();
    return again.exit_code == 0 && again.output == before.output ? std::string()
                                                                 : again.output + again.errors;
  });
  const auto command =
      kubectl(sandbox_, {"exec", "one", "--namespace", ns_, "--", "sh", "-c", "echo out; exit 3"});
  EXPECT_EQ(command.exit_code, 3) << command.errors;
  EXPECT_EQ(command.output, "out\n");
  EXPECT_EQ(uid_of(pod("one")), uid_of(created));
}

/// The endpoints of the Service of that name at the provider: hostname to whether it is ready.
std::map<std::string, bool> endpoints_of(kube::Client& provider, const std::string& service) {
  constexpr kube::Resource kSlices{"discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", true};
  std::map<std::string, bool> ready;
  for (const json& slice : list_all(provider, kSlices, "neoburst", "kubernetes.io/service-name=" + service)) {
    for (const json& endpoint : slice.value("endpoints", json::array())) {
      ready[endpoint.value("hostname", "")] = endpoint.value("/conditions/ready"_json_pointer, false);
    }
  }
  return ready;
}

TEST_F(Unnoticed, PodsOfOneSubdomainFindEachOtherByName) {
  must_create(home(), kube::kServices, headless_service(ns_, "workers"));
  for (const char* name : {"worker-0", "worker-1"}) {
    json pod = gpu_pod(ns_, name, "infinity");
    pod["metadata"]["labels"] = {{"app", "workers"}};
    pod["spec"]["hostname"] = name;
    pod["spec"]["subdomain"] = "workers";
    create_pod(pod);
  }
  for (const char* name : {"worker-0", "worker-1"}) EXPECT_EQ(node_of(wait_phase(name, "Running")), kEuNode);
  // What the provider's DNS answers for worker-0.workers and worker-1.workers.
  const std::map<std::string, bool> both{{"worker-0", true}, {"worker-1", true}};
  require_alive_within("both endpoints", 40s, [&] {
    const auto found = endpoints_of(sandbox_.admin("neocloud-eu"), "workers");
    return found == both ? std::string() : json(found).dump();
  });
  must_delete(home(), kube::kPods, ns_, "worker-0");
  require_alive_within("one of them to go", 40s, [&] {
    const auto found = endpoints_of(sandbox_.admin("neocloud-eu"), "workers");
    return found == std::map<std::string, bool>{{"worker-1", true}} ? std::string() : json(found).dump();
  });
}

}  // namespace testing_support::unnoticed_test
