#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/time_text.h"
#include "burst/mirror.h"
#include "burst/names.h"
#include "burst/references.h"
#include "tests/unit/burst/golden_pods.h"

/// NEOBURST_UPDATE_GOLDEN=1 writes the expected files again; a person must read the diff.

namespace burst::golden_test {

using nlohmann::json;

std::vector<HomeCondition> conditions_of(const json& pod) {
  std::vector<HomeCondition> out;
  for (const json& c : pod.at("status").value("conditions", json::array())) {
    out.push_back({c.at("type"), c.at("status"), c.value("reason", ""), c.value("message", ""),
                   *base::parse_time(c.at("lastTransitionTime").get<std::string>()),
                   c.value("observedGeneration", 0)});
  }
  return out;
}

json home_status(const GoldenPod& golden, const json& twin) {
  const json& annotations = twin.at("metadata").at("annotations");
  const std::string status = golden.twin_status.dump();
  const std::string containers = annotations.at(std::string(kContainersAnnotation));
  const std::string limit = annotations.value(std::string(kLimitAnnotation), "");
  const auto conditions = conditions_of(golden.pod);
  std::string ephemeral;
  for (const json& c : golden.pod.at("spec").value("ephemeralContainers", json::array()))
    ephemeral += c.at("name").get<std::string>() + ",";
  std::vector<std::string> gates;
  for (const json& gate : golden.pod.at("spec").value("readinessGates", json::array()))
    gates.push_back(gate.at("conditionType"));
  const auto made = mirrored_status({.twin_status = status,
                                     .containers = containers,
                                     .ephemeral_containers = ephemeral,
                                     .limit_reason = limit,
                                     .home_conditions = conditions,
                                     .readiness_gates = gates,
                                     .host_ip = "192.0.2.10",
                                     .now = *base::parse_time("2026-05-01T12:31:00Z")});
  EXPECT_TRUE(made) << made.error().text();
  if (!made || !*made) return json();
  // A pod without a status: nulls, which remove outdated fields, have nothing to remove.
  json status_at_home = json::object();
  status_at_home.merge_patch(**made);
  return status_at_home;
}

/// There and back.
json journey(const GoldenPod& golden) {
  const TwinContext context = golden_context(golden);
  const auto twin = make_twin(golden.pod, context);
  if (!twin)
    return {{"refused", {{"code", to_string(twin.error().code)}, {"message", twin.error().message}}}};
  json out = {{"twin", *twin}, {"homeStatus", home_status(golden, *twin)}};
  if (golden.pod.at("spec").contains("ephemeralContainers")) {
    out["ephemeralContainers"] = carry_ephemeral_containers(golden.pod, {}, context).add;
  }
  return out;
}

class Golden : public testing::TestWithParam<GoldenPod> {};

TEST_P(Golden, BecomesWhatItBecame) {
  const json made = journey(GetParam());
  if (std::getenv("NEOBURST_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(GetParam().expected) << readable(made) << "\n";
    GTEST_SKIP() << "written: " << GetParam().expected;
  }
  std::ifstream file(GetParam().expected);
  ASSERT_TRUE(file) << "run with NEOBURST_UPDATE_GOLDEN=1 and read what it writes";
  const json expected = json::parse(file);
  EXPECT_EQ(made, expected) << json::diff(expected, made).dump(1);
}

std::string test_name(const testing::TestParamInfo<GoldenPod>& one) {
  std::string name = one.param.name;
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Pods, Golden, testing::ValuesIn(golden_pods()), test_name);

/// The twins of all golden pods that have one.
std::vector<std::pair<GoldenPod, json>> golden_twins() {
  std::vector<std::pair<GoldenPod, json>> out;
  for (const GoldenPod& golden : golden_pods()) {
    if (auto twin = make_twin(golden.pod, golden_context(golden))) out.emplace_back(golden, *twin);
  }
  return out;
}

TEST(GoldenProperty, ThereAreEnoughOfThem) {
  EXPECT_GE(golden_pods().size(), 60U);
  EXPECT_GE(golden_twins().size(), 45U);
}

TEST(GoldenProperty, NoTokenAndNoAccountLeavesHome) {
  for (const auto& [golden, twin] : golden_twins()) {
    SCOPED_TRACE(golden.name);
    const json& spec = twin.at("spec");
    EXPECT_NE(golden.pod.dump().find("serviceAccountToken"),
              std::string::npos);  // the API server adds one to each
    for (const char* trace : {"kube-api-access", "\"serviceAccountToken\"", "kubernetes.io/serviceaccount"})
      EXPECT_EQ(twin.dump().find(trace), std::string::npos) << trace;
    EXPECT_EQ(spec.at("automountServiceAccountToken"), false);
    EXPECT_FALSE(spec.contains("serviceAccountName") || spec.contains("serviceAccount"));
  }
}

TEST(GoldenProperty, WhatKubectlRemembersStaysAtHome) {
  // The annotation holds the manifest as it was applied, values included that are in no field any more.
  constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
  std::size_t applied = 0;
  for (const auto& [golden, twin] : golden_twins()) {
    if (golden.pod.dump().find(kLastApplied) != std::string::npos) ++applied;
    for (const char* trace : {kLastApplied, "hf_onlyTheAnnotationHasThis"})
      EXPECT_EQ(twin.dump().find(trace), std::string::npos) << golden.name;
  }
  EXPECT_GE(applied, 1U);
}

TEST(GoldenProperty, ATwinRefersToCopiesOnlyAndListsThemAll) {
  for (const auto& [golden, twin] : golden_twins()) {
    SCOPED_TRACE(golden.name);
    const TwinContext context = golden_context(golden);
    const std::string go = go_name(context.burst.attempt.name);
    std::set<std::string> copies = {go};
    const auto at_home = references_of(golden.pod);
    const auto there = references_of(twin);
    ASSERT_TRUE(at_home && there);
    for (const Reference& r : *at_home) copies.insert(copy_name(context.installation, context.burst.ns, r));
    std::set<std::string> used;
    for (const Reference& r : *there) used.insert(r.name);
    EXPECT_EQ(used, copies);
    std::set<std::string> listed = {go};
    std::istringstream list(twin.at("metadata").at("annotations").value(std::string(kCopiesAnnotation), ""));
    for (std::string name; std::getline(list, name, ',');) listed.insert(name);
    EXPECT_EQ(listed, copies);
  }
}

TEST(GoldenProperty, EveryContainerWaitsForGo) {
  for (const auto& [golden, twin] : golden_twins()) {
    SCOPED_TRACE(golden.name);
    for (const char* list : {"initContainers", "containers"}) {
      for (const json& container : twin.at("spec").value(list, json::array()))
        EXPECT_EQ(container.at("volumeMounts").back().at("mountPath"), kGoMountPath);
    }
  }
}

TEST(GoldenProperty, NoProvidersAddressReachesHome) {
  for (const auto& [golden, twin] : golden_twins()) {
    const std::string status = home_status(golden, twin).dump();
    for (const char* address : {"10.1.0.4", "10.244.3.7"})
      EXPECT_EQ(status.find(address), std::string::npos) << golden.name;
  }
}

}  // namespace burst::golden_test
