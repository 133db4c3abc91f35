// Usage of bursted pods, as people and autoscalers see it: provider's metrics API -> burst node -> home's
// metrics-server.

#include <filesystem>
#include <regex>

#include "support/e2e.h"
#include "support/node_port.h"

namespace testing_support::usage_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr kube::Resource kAutoscalers{"autoscaling", "v2", "horizontalpodautoscalers",
                                      "HorizontalPodAutoscaler", true};

class Usage : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    for (const char* cluster : {"home", "neocloud-eu"}) {
      if (!std::filesystem::exists(sandbox_.folder() + "/" + cluster + "/metrics-server.pid"))
        GTEST_SKIP() << cluster << " has no metrics-server: hack/sandbox metrics up";
    }
    create_claim(eu_claim(ns_, "research"), {kEuNode});
  }
  void TearDown() override {
    kubectl(sandbox_, {"delete", "hpa", "--all", "--namespace", ns_});
    EndToEnd::TearDown();
  }
  static json annotated(json object, const std::string& cpu, const std::string& memory) {
    object["metadata"]["annotations"]["sandbox.neoburst.io/usage-cpu"] = cpu;
    object["metadata"]["annotations"]["sandbox.neoburst.io/usage-memory"] = memory;
    return object;
  }
  /// Asks until the line with `name` says about so many millicores and MiB.
  void wait_top(const std::vector<std::string>& arguments, const std::string& name, int millicores,
                int mebibytes) {
    const std::regex line("(^|\n)[^\n]*" + name + "\\s+(\\d+)m\\s+([^\n]*%\\s+)?(\\d+)Mi");
    require_alive_within("kubectl top of " + name, 120s, [&] {
      const auto top = kubectl(sandbox_, arguments);
      std::smatch found;
      if (!std::regex_search(top.output, found, line)) return top.output + top.errors;
      const int cpu = std::stoi(found[2]);
      const int memory = std::stoi(found[4]);
      const bool near = std::abs(cpu - millicores) <= millicores / 5 && memory == mebibytes;
      return near ? std::string() : top.output;
    });
  }

  NodePort port_{sandbox_, kEuNode};
};

TEST_F(Usage, TopShowsABurstedPodAndItsNode) {
  json pod = annotated(gpu_pod(ns_, "one", "infinity"), "1500m", "64Mi");
  json side = pod["spec"]["containers"][0];
  side["name"] = "side";
  side.erase("resources");
  pod["spec"]["containers"].push_back(side);
  const json one = create_pod(pod);
  wait_phase("one", "Running");
  wait_top({"top", "pod", "one", "--namespace", ns_, "--no-headers"}, "one", 3000, 128);
  wait_top({"top", "pod", "one", "--namespace", ns_, "--no-headers", "--containers"}, "one\\s+side", 1500,
           64);
  wait_top({"top", "node", kEuNode, "--no-headers"}, kEuNode, 3000, 128);

  const json summary = json::parse(port_.ask_as_api_server("/stats/summary", {"-w", ""}));
  EXPECT_EQ(summary["node"]["nodeName"], kEuNode);
  json found;
  for (const json& each : summary["pods"]) {
    if (each["podRef"]["uid"] == uid_of(one)) found = each;
  }
  ASSERT_TRUE(found.is_object()) << summary.dump();
  EXPECT_EQ(found["podRef"], (json{{"name", "one"}, {"namespace", ns_}, {"uid", uid_of(one)}}));
  EXPECT_EQ(found["containers"].size(), 2u);
  EXPECT_EQ(found["memory"]["workingSetBytes"], 128 << 20);

  const json pods = json::parse(port_.ask_as_api_server("/pods", {"-w", ""}));
  EXPECT_EQ(pods["kind"], "PodList");
  bool listed = false;
  for (const json& each : pods["items"]) {
    EXPECT_EQ(node_of(each), kEuNode);
    listed = listed || uid_of(each) == uid_of(one);
  }
  EXPECT_TRUE(listed);
  const std::string metrics = port_.ask_as_api_server("/metrics/resource");
  EXPECT_NE(metrics.find("container_cpu_usage_seconds_total{container=\"side\",namespace=\"" + ns_ +
                         "\",pod=\"one\"}"),
            std::string::npos)
      << metrics;
}

TEST_F(Usage, AnAutoscalerScalesABurstedDeployment) {
  json spec = gpu_pod(ns_, "x", "infinity")["spec"];
  spec.erase("restartPolicy");
  spec["containers"][0]["resources"]["requests"] = {{"cpu", "500m"}};
  const json labels = {{"app", "web"}};
  json pod = annotated({{"metadata", {{"labels", labels}}}, {"spec", spec}}, "1", "64Mi");
  must_create(home(), kDeployments,
              {{"apiVersion", "apps/v1"},
               {"kind", "Deployment"},
               {"metadata", {{"namespace", ns_}, {"name", "web"}}},
               {"spec", {{"replicas", 1}, {"selector", {{"matchLabels", labels}}}, {"template", pod}}}});
  const json target = {{"type", "Utilization"}, {"averageUtilization", 50}};
  const json metric = {{"type", "Resource"}, {"resource", {{"name", "cpu"}, {"target", target}}}};
  const json scaled = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}};
  const json autoscaler = {
      {"scaleTargetRef", scaled}, {"minReplicas", 1}, {"maxReplicas", 2}, {"metrics", json::array({metric})}};
  must_create(home(), kAutoscalers,
              {{"apiVersion", "autoscaling/v2"},
               {"kind", "HorizontalPodAutoscaler"},
               {"metadata", {{"namespace", ns_}, {"name", "web"}}},
               {"spec", autoscaler}});
  require_alive_within("a second pod of the Deployment", 180s, [&] {
    std::string seen;
    int running = 0;
    for (const json& each : list_all(home(), kube::kPods, ns_, "app=web")) {
      running += phase_of(each) == "Running" && node_of(each) == kEuNode ? 1 : 0;
      seen += name_of(each) + " is " + phase_of(each) + " on " + node_of(each) + "\n";
    }
    const json scaler = find_object(home(), kAutoscalers, ns_, "web");
    return running == 2 ? std::string() : seen + scaler.value("status", json::object()).dump();
  });
}

}  // namespace testing_support::usage_test
