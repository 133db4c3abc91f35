// What a real kubelet reports of its containers, shown by the pod at home; and how they start and end.

#include <iostream>

#include "real_kubelet.h"

namespace testing_support::status_test {

using namespace std::chrono_literals;
using nlohmann::json;

class RealStatus : public RealKubelet {};

json terminated(const json& status, const char* which = "state") {
  return status.value(which, json::object()).value("terminated", json::object());
}

TEST_F(RealStatus, AContainerThatTakesTooMuchMemoryIsOomKilled) {
  json eater = workload_pod("one", {"eat"});
  eater["spec"]["containers"][0]["resources"]["limits"]["memory"] = "48Mi";
  create_pod(eater);
  wait_phase("one", "Failed");
  const json ended =
      wait_container("one", "to be killed", [](const json& s) { return !terminated(s).empty(); });
  EXPECT_EQ(terminated(ended).value("reason", ""), "OOMKilled") << ended;
  EXPECT_EQ(terminated(ended).value("exitCode", 0), 137) << ended;
  EXPECT_EQ(wait_ended(pod("one"))["status"].value("endReason", ""), "Failed");
}

TEST_F(RealStatus, ReadinessFollowsTheProbe) {
  json probed = workload_pod("one", {"health", "8080", "/tmp/sick"});
  probed["spec"]["containers"][0]["readinessProbe"] = {
      {"httpGet", {{"path", "/healthz"}, {"port", 8080}}}, {"periodSeconds", 1}, {"failureThreshold", 1}};
  run(probed);
  wait_container("one", "to be ready", [](const json& s) { return s.value("ready", false); });
  ASSERT_EQ(on_pod({"exec", "one", "--", "touch", "/tmp/sick"}).exit_code, 0);
  wait_container("one", "to be unready", [](const json& s) { return !s.value("ready", true); });
  require_alive_within("the pod's condition", 30s, [&] {
    const json ready = condition_of(pod("one"), "Ready");
    return ready.value("status", "") == "False" ? std::string() : ready.dump();
  });
  ASSERT_EQ(on_pod({"exec", "one", "--", "rm", "/tmp/sick"}).exit_code, 0);
  wait_container("one", "to be ready again", [](const json& s) { return s.value("ready", false); });
}

TEST_F(RealStatus, AStartupProbeHoldsTheOthersBackUntilItSucceeds) {
  json slow = workload_pod("one", {});
  slow["spec"]["containers"][0]["command"] = {"sh", "-c",
                                              "touch /tmp/starting; exec workload health 8080 /tmp/starting"};
  json probe = {{"httpGet", {{"path", "/healthz"}, {"port", 8080}}}, {"periodSeconds", 1}};
  // Sooner than the startup probe gives up, this one would restart the container.
  probe["failureThreshold"] = 2;
  slow["spec"]["containers"][0]["livenessProbe"] = probe;
  probe["failureThreshold"] = 600;
  slow["spec"]["containers"][0]["startupProbe"] = probe;
  run(slow);
  // The kubelet has asked, and was told no.
  require_alive_within("a failed probe", 60s, [&] {
    const std::string all = on_pod({"get", "events"}).output;
    return all.find("Startup probe failed") != std::string::npos ? std::string() : all;
  });
  const json starting = pod("one")["status"].value("/containerStatuses/0"_json_pointer, json::object());
  EXPECT_EQ(starting.value("started", true), false) << starting;
  EXPECT_EQ(starting.value("ready", true), false) << starting;
  ASSERT_EQ(on_pod({"exec", "one", "--", "rm", "/tmp/starting"}).exit_code, 0);
  const json started =
      wait_container("one", "to have started", [](const json& s) { return s.value("started", false); });
  EXPECT_EQ(started.value("restartCount", -1), 0) << started;
  wait_container("one", "to be ready", [](const json& s) { return s.value("ready", false); });
}

TEST_F(RealStatus, ALivenessProbeAndACrashRestartTheContainerAndAreCounted) {
  json sick = workload_pod("one", {"health", "8080", "/tmp/sick"});
  sick["spec"]["restartPolicy"] = "Always";
  sick["spec"]["containers"][0]["livenessProbe"] = {
      {"httpGet", {{"path", "/healthz"}, {"port", 8080}}}, {"periodSeconds", 1}, {"failureThreshold", 1}};
  json crashing = workload_pod("two", {"exit-after", "1", "3"});
  crashing["spec"]["restartPolicy"] = "Always";
  create_pod(crashing);
  run(sick);
  ASSERT_EQ(on_pod({"exec", "one", "--", "touch", "/tmp/sick"}).exit_code, 0);
  wait_container("one", "to be restarted", [](const json& s) { return s.value("restartCount", 0) >= 1; });
  const json crashed =
      wait_container("two", "to be restarted", [](const json& s) { return s.value("restartCount", 0) >= 2; });
  EXPECT_EQ(terminated(crashed, "lastState").value("exitCode", 0), 3) << crashed;
  const auto previous = on_pod({"logs", "two", "--previous"});
  EXPECT_EQ(previous.output, "ending with code 3\n") << previous.errors;
}

TEST_F(RealStatus, AnImageThatIsNotThereIsTold) {
  json lost = workload_pod("one", {"pause"});
  lost["spec"]["containers"][0]["image"] = "sandbox.neoburst.io/nowhere:1";
  create_pod(lost);
  const json waiting = wait_container("one", "to back off", [](const json& s) {
    return s.value("state", json::object()).value("waiting", json::object()).value("reason", "") ==
           "ImagePullBackOff";
  });
  EXPECT_NE(waiting["state"]["waiting"].value("message", "").find("sandbox.neoburst.io/nowhere:1"),
            std::string::npos)
      << waiting;
}

TEST_F(RealStatus, ADeletionRunsTheHookAndTellsTheContainer) {
  json stopping = workload_pod("one", {"stop-in", "2", "0"});
  stopping["spec"]["containers"][0]["lifecycle"] = {
      {"preStop", {{"exec", {{"command", {"sh", "-c", "echo the hook > /proc/1/fd/1"}}}}}}};
  run(stopping);
  const auto follow = start_on_pod({"logs", "one", "--follow"}, "last-words");
  wait_text(follow->log(), "started\n");
  must_delete(home(), kube::kPods, ns_, "one", {.grace_seconds = 30});
  // Both before the container ended by itself with its own code: nobody was killed.
  wait_text(follow->log(), "the hook\ntold to end: terminated\nending with code 0\n");
  wait_gone("one");
}

}  // namespace testing_support::status_test
