// The logs of bursted pods whose twins are gone.

#include <filesystem>
#include <fstream>

#include "support/e2e.h"
#include "support/kubelet.h"

namespace testing_support::kept_logs_test {

using namespace std::chrono_literals;
using nlohmann::json;

const std::string kLines[] = {"2026-11-23T10:00:00.000000001Z stdout F first",
                              "2026-11-23T11:00:00.000000001Z stdout F second",
                              "2026-11-23T12:00:00.000000001Z stdout F third"};

class KeptLogs : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    create_claim(eu_claim(ns_, "research"), {kEuNode});
    std::ofstream file(sandbox_.folder() + "/neocloud-eu/logs/file.log");
    for (const std::string& line : kLines) file << line << "\n";
  }
  /// Runs for `sleep`; its container "file" shows the lines above.
  json make_pod(const std::string& name, const std::string& sleep) {
    json pod = gpu_pod(ns_, name, sleep);
    json file = pod["spec"]["containers"][0];
    file["name"] = "file";
    file.erase("resources");
    pod["spec"]["containers"].push_back(file);
    return create_pod(pod);
  }
  void wait_no_twin(const json& pod) {
    require_alive_within("the twin of " + name_of(pod) + " to be gone", 60s, [&] {
      return twins_of(pod, "neocloud-eu").empty() ? std::string() : std::string("it is there");
    });
  }
  CommandResult logs(const std::string& pod, std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"logs", "--namespace", ns_, pod, "-c", "file"});
    return kubectl(sandbox_, more);
  }
  std::string spool_of(const json& pod) { return neoburst_.log_folder() + "/spool/" + uid_of(pod); }
  kube::Client& eu() { return sandbox_.admin("neocloud-eu"); }
};

TEST_F(KeptLogs, StayAsLongAsThePodWhateverBecomesOfTwinAndOperator) {
  const json one = make_pod("one", "2");
  const json other = make_pod("other", "2");
  for (const char* name : {"one", "other"}) wait_phase(name, "Succeeded");
  wait_no_twin(one);
  wait_no_twin(other);
  const auto all = logs("one");
  EXPECT_EQ(all.output, "first\nsecond\nthird\n") << all.errors;
  EXPECT_EQ(logs("one", {"--tail", "1", "--timestamps"}).output, "2026-11-23T12:00:00.000000001Z third\n");
  EXPECT_EQ(logs("one", {"--since-time", "2026-11-23T10:30:00Z", "--limit-bytes", "8"}).output, "second\nt");
  EXPECT_NE(kubectl(sandbox_, {"logs", "--namespace", ns_, "one", "-c", "main"}).output, "");

  EXPECT_EQ(neoburst_.stop_operator(), 0);
  neoburst_.start_operator();
  require_alive_within("the logs after a restart", 60s, [&] {
    const auto again = logs("one");
    return again.output == "first\nsecond\nthird\n" ? std::string() : again.output + again.errors;
  });

  EXPECT_TRUE(std::filesystem::exists(spool_of(one)));
  must_delete(home(), kube::kPods, ns_, "one");
  wait_gone("one");
  require_alive_within("the logs to go with their pod", 30s, [&] {
    return std::filesystem::exists(spool_of(one)) ? std::string("they are there") : std::string();
  });
  EXPECT_EQ(logs("other").output, "first\nsecond\nthird\n");
}

TEST_F(KeptLogs, OfATwinThatItsProviderEndsAreThere) {
  const json one = make_pod("one", "infinity");
  wait_phase("one", "Running");
  const json twin = wait_twin(one, "neocloud-eu");
  patch_as_kubelet(eu(), "neoburst", name_of(twin),
                   {{"metadata", {{"annotations", {{"sandbox.neoburst.io/stop-seconds", "5"}}}}}});
  must_delete(eu(), kube::kPods, "neoburst", name_of(twin), {.grace_seconds = 30});  // as a drain does it
  wait_phase("one", "Failed");
  wait_no_twin(one);
  const auto kept = logs("one");
  EXPECT_EQ(kept.output, "first\nsecond\nthird\n") << kept.errors;
}

}  // namespace testing_support::kept_logs_test
