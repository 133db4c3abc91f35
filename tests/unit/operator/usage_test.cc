#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "base/time_text.h"
#include "operator/usage/pod_metrics.h"
#include "operator/usage/usage_counters.h"
#include "operator/usage/usage_text.h"

namespace op::usage_test {

using nlohmann::json;
using namespace std::chrono_literals;

const base::Time kStart{std::chrono::sys_days(std::chrono::year(2026) / 11 / 24)};
constexpr std::int64_t kSecond = 1'000'000'000;

json item(const std::string& name, const json& containers, const char* at = "2026-11-24T00:00:00Z") {
  return {{"metadata", {{"name", name}}}, {"timestamp", at}, {"window", "15s"}, {"containers", containers}};
}
json container(const std::string& name, const std::string& cpu, const std::string& memory) {
  return {{"name", name}, {"usage", {{"cpu", cpu}, {"memory", memory}}}};
}

TEST(PodMetrics, ReadsWhatMetricsServersWrite) {
  const auto found = read_pod_metrics(
      {{"items",
        {item("twin-1", {container("main", "1500000001n", "1024Ki"), container("side", "250m", "2Mi")}),
         item("twin-2", {container("main", "2", "0"), container("other", "3u", "1e3")})}}});
  ASSERT_EQ(found.size(), 2u);
  const auto& one = found.at("twin-1");
  ASSERT_EQ(one.size(), 2u);
  EXPECT_EQ(one[0].nano_cores, 1'500'000'001);
  EXPECT_EQ(one[0].memory_bytes, 1 << 20);
  EXPECT_EQ(one[0].at, kStart);
  EXPECT_EQ(one[1].nano_cores, 250'000'000);
  EXPECT_EQ(found.at("twin-2")[0].nano_cores, 2 * kSecond);
  EXPECT_EQ(found.at("twin-2")[1].nano_cores, 3000);
}

TEST(PodMetrics, WhatMakesNoSenseIsLeftOut) {
  const json good = container("main", "1m", "1");
  for (const json& list :
       {json(), json("x"), json{{"items", "x"}}, json{{"items", {1, "x", nullptr}}},
        json{{"items", {item("", {good})}}}, json{{"items", {item("twin", {good}, "yesterday")}}},
        json{{"items", {item("twin", "x")}}}}) {
    EXPECT_TRUE(read_pod_metrics(list).empty()) << list;
  }
  for (const json& bad :
       {container("main", "-1m", "1"), container("main", "1m", "-1"), container("", "1m", "1"),
        container("main", "many", "1"), container("main", "9999999999999", "1"),
        container("main", "99999999999999999999n", "1"), container("main", "1000000000000u", "1"),
        container("main", "1m", "2Pi"), json("x"), json{{"name", "main"}},
        json{{"name", "main"}, {"usage", 3}}}) {
    EXPECT_TRUE(read_pod_metrics({{"items", {item("twin", {bad})}}}).empty()) << bad;
  }
}

NodeUsage node_with(ContainerUsage usage, base::Time now) {
  return {.node = "neoburst-a",
          .at = now,
          .pods = {{.ns = "ns", .name = "p", .uid = "u", .containers = {usage}}}};
}

TEST(UsageCounters, ARateOfTwoCountersIsWhatWasMeasured) {
  UsageCounters counters;
  auto first = node_with({.name = "main", .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(first);
  auto second = node_with({.name = "main", .at = kStart + 15s, .nano_cores = 2 * kSecond}, kStart + 16s);
  counters.count(second);
  const auto& before = first.pods[0].containers[0];
  const auto& after = second.pods[0].containers[0];
  EXPECT_GT(before.cpu_nanoseconds, 0) << "metrics-server drops a pod with a counter of 0";
  EXPECT_EQ((after.cpu_nanoseconds - before.cpu_nanoseconds) / 15, 2 * kSecond);
  EXPECT_EQ((second.cpu_nanoseconds - first.cpu_nanoseconds) / 15, 2 * kSecond) << "the node's";
}

TEST(UsageCounters, TheSameMeasurementCountsOnce) {
  UsageCounters counters;
  auto first = node_with({.name = "main", .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(first);
  auto again = node_with({.name = "main", .at = kStart, .nano_cores = kSecond}, kStart + 5s);
  counters.count(again);
  EXPECT_EQ(again.pods[0].containers[0].cpu_nanoseconds, first.pods[0].containers[0].cpu_nanoseconds);
  auto older = node_with({.name = "main", .at = kStart - 15s, .nano_cores = kSecond}, kStart + 6s);
  counters.count(older);
  EXPECT_EQ(older.pods[0].containers[0].cpu_nanoseconds, first.pods[0].containers[0].cpu_nanoseconds);
  EXPECT_EQ(older.pods[0].containers[0].at, kStart) << "time never goes back";
}

TEST(UsageCounters, AYoungContainerCountsFromItsStartAnOldOneFromNow) {
  UsageCounters counters;
  auto young =
      node_with({.name = "main", .started = kStart - 20s, .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(young);
  EXPECT_EQ(young.pods[0].containers[0].cpu_nanoseconds / kSecond, 20);
  UsageCounters after_restart;
  auto old =
      node_with({.name = "main", .started = kStart - 24h, .at = kStart, .nano_cores = kSecond}, kStart);
  after_restart.count(old);
  EXPECT_LT(old.pods[0].containers[0].cpu_nanoseconds, kSecond);
}

TEST(UsageCounters, AContainerThatStartedAgainBeginsAtNothing) {
  UsageCounters counters;
  auto before =
      node_with({.name = "main", .started = kStart - 24h, .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(before);
  auto grown = node_with(
      {.name = "main", .started = kStart - 24h, .at = kStart + 600s, .nano_cores = kSecond}, kStart + 600s);
  counters.count(grown);
  ASSERT_GE(grown.pods[0].containers[0].cpu_nanoseconds, 600 * kSecond);
  // Its start is known before anything of it was measured.
  const base::Time restart = kStart + 605s;
  auto early =
      node_with({.name = "main", .started = restart, .at = kStart + 604s, .nano_cores = kSecond}, restart);
  counters.count(early);
  EXPECT_EQ(early.pods[0].containers[0].started, kStart - 24h) << "what was measured is of the last run";
  EXPECT_GE(early.pods[0].containers[0].cpu_nanoseconds, 604 * kSecond);
  // metrics-server takes {start, 0} for the point before the first one of a young container.
  auto after = node_with({.name = "main", .started = restart, .at = restart + 12s, .nano_cores = 2 * kSecond},
                         restart + 12s);
  counters.count(after);
  const auto& container = after.pods[0].containers[0];
  EXPECT_EQ(container.started, restart);
  EXPECT_EQ(container.cpu_nanoseconds / kSecond, 12 * 2);
  EXPECT_EQ((after.cpu_nanoseconds - early.cpu_nanoseconds) / (2 * kSecond), 12) << "the node's goes on";
  // A start that was not known at first is none.
  auto unknown = node_with({.name = "side", .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(unknown);
  auto known =
      node_with({.name = "side", .started = kStart - 1h, .at = kStart + 15s, .nano_cores = kSecond}, kStart);
  counters.count(known);
  EXPECT_GE(known.pods[0].containers[0].cpu_nanoseconds, 15 * kSecond);
}

TEST(UsageCounters, NoProviderMakesThemOverflow) {
  constexpr std::int64_t kMost = 1'000'000'000'000;  // what is taken for a measurement
  UsageCounters counters;
  std::int64_t last = 0;
  std::int64_t last_of_node = 0;
  int anew = 0;
  for (int i = 0; i < 4000; ++i) {
    const base::Time at = kStart + 600s * i;
    auto usage = node_with({.name = "main", .at = at, .nano_cores = kMost}, at);
    usage.pods[0].containers.push_back({.name = "side", .at = at, .nano_cores = kMost});
    counters.count(usage);
    const std::int64_t now = usage.pods[0].containers[0].cpu_nanoseconds;
    ASSERT_GT(now, 0);
    ASSERT_GT(usage.cpu_nanoseconds, 0);
    anew += now < last || usage.cpu_nanoseconds < last_of_node ? 1 : 0;
    last = now;
    last_of_node = usage.cpu_nanoseconds;
  }
  EXPECT_GE(anew, 3) << "four thousand steps were too few to come to the end";
}

TEST(UsageCounters, AbsenceIsNotTakenForWork) {
  UsageCounters counters;
  auto first = node_with({.name = "main", .at = kStart, .nano_cores = kSecond}, kStart);
  counters.count(first);
  auto late = node_with({.name = "main", .at = kStart + 48h, .nano_cores = kSecond}, kStart + 48h);
  counters.count(late);
  EXPECT_LE(late.pods[0].containers[0].cpu_nanoseconds, 601 * kSecond);
  counters.forget(kStart + 49h);
  auto anew = node_with({.name = "main", .at = kStart + 50h, .nano_cores = kSecond}, kStart + 50h);
  counters.count(anew);
  EXPECT_LT(anew.pods[0].containers[0].cpu_nanoseconds, kSecond);
  EXPECT_GE(anew.cpu_nanoseconds, late.cpu_nanoseconds) << "the node's never falls";
}

NodeUsage measured() {
  return {.node = "neoburst-a",
          .started = kStart,
          .at = kStart + 16s,
          .cpu_nanoseconds = 5 * kSecond,
          .pods = {{.ns = "team",
                    .name = "job-0",
                    .uid = "u1",
                    .started = kStart,
                    .containers = {
                        {.name = "main",
                         .started = kStart,
                         .at = kStart + 15s,
                         .nano_cores = 2 * kSecond,
                         .memory_bytes = 4096,
                         .cpu_nanoseconds = 1'000'001'000},
                        {.name = "side", .at = kStart + 15s, .memory_bytes = 1, .cpu_nanoseconds = 7}}}}};
}

TEST(UsageText, MetricsResourceReadsAsAKubelets) {
  EXPECT_EQ(
      resource_metrics_text(measured()),
      R"(# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="main",namespace="team",pod="job-0"} 1.000001000 1795478415000
container_cpu_usage_seconds_total{container="side",namespace="team",pod="job-0"} 0.000000007 1795478415000
# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes
# TYPE container_memory_working_set_bytes gauge
container_memory_working_set_bytes{container="main",namespace="team",pod="job-0"} 4096 1795478415000
container_memory_working_set_bytes{container="side",namespace="team",pod="job-0"} 1 1795478415000
# HELP container_start_time_seconds [STABLE] Start time of the container since unix epoch in seconds
# TYPE container_start_time_seconds gauge
container_start_time_seconds{container="main",namespace="team",pod="job-0"} 1795478400.000000000
# HELP node_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the node in core-seconds
# TYPE node_cpu_usage_seconds_total counter
node_cpu_usage_seconds_total 5.000000000 1795478415000
# HELP node_memory_working_set_bytes [STABLE] Current working set of the node in bytes
# TYPE node_memory_working_set_bytes gauge
node_memory_working_set_bytes 4097 1795478415000
# HELP pod_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the pod in core-seconds
# TYPE pod_cpu_usage_seconds_total counter
pod_cpu_usage_seconds_total{namespace="team",pod="job-0"} 1.000001007 1795478415000
# HELP pod_memory_working_set_bytes [STABLE] Current working set of the pod in bytes
# TYPE pod_memory_working_set_bytes gauge
pod_memory_working_set_bytes{namespace="team",pod="job-0"} 4097 1795478415000
# HELP resource_scrape_error [STABLE] 1 if there was an error while getting container metrics, 0 otherwise
# TYPE resource_scrape_error gauge
resource_scrape_error 0
)");
}

TEST(UsageText, ANodeWithoutMeasurementsHasNoSamples) {
  const std::string text = resource_metrics_text({.node = "neoburst-a"});
  EXPECT_EQ(text.find("\nnode_"), std::string::npos);
  EXPECT_EQ(text.find("\ncontainer_"), std::string::npos);
  EXPECT_TRUE(text.ends_with("resource_scrape_error 0\n"));
  const json summary = json::parse(summary_text({.node = "neoburst-a", .started = kStart}));
  EXPECT_EQ(summary, (json{{"node", {{"nodeName", "neoburst-a"}, {"startTime", "2026-11-24T00:00:00Z"}}},
                           {"pods", json::array()}}));
}

TEST(UsageText, SumsStayNumbers) {
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  auto usage = measured();
  for (auto& container : usage.pods[0].containers) {
    container.cpu_nanoseconds = kMost - 1;
    container.memory_bytes = kMost - 1;
  }
  const json summary = json::parse(summary_text(usage));
  EXPECT_EQ(summary["pods"][0]["memory"]["workingSetBytes"], kMost);
  EXPECT_EQ(resource_metrics_text(usage).find(" -"), std::string::npos);
}

TEST(UsageText, ANameCannotWriteLinesOfItsOwn) {
  auto usage = measured();
  usage.pods[0].containers[0].name = "a\"} 1\nnode_cpu_usage_seconds_total 9 9\\";
  const std::string text = resource_metrics_text(usage);
  EXPECT_EQ(text.find("\nnode_cpu_usage_seconds_total 9"), std::string::npos);
  EXPECT_NE(text.find(R"(container="a\"} 1\nnode_cpu_usage_seconds_total 9 9\\",namespace)"),
            std::string::npos);
}

TEST(UsageText, TheSummaryNamesHomePods) {
  const json summary = json::parse(summary_text(measured()));
  EXPECT_EQ(summary["node"]["cpu"]["usageCoreNanoSeconds"], 5 * kSecond);
  EXPECT_EQ(summary["node"]["memory"]["workingSetBytes"], 4097);
  ASSERT_EQ(summary["pods"].size(), 1u);
  const json& pod = summary["pods"][0];
  EXPECT_EQ(pod["podRef"], (json{{"name", "job-0"}, {"namespace", "team"}, {"uid", "u1"}}));
  EXPECT_EQ(pod["cpu"]["usageNanoCores"], 2 * kSecond);
  ASSERT_EQ(pod["containers"].size(), 2u);
  EXPECT_EQ(pod["containers"][0]["name"], "main");
  EXPECT_EQ(pod["containers"][0]["startTime"], "2026-11-24T00:00:00Z");
  EXPECT_EQ(pod["containers"][0]["memory"]["time"], "2026-11-24T00:00:15Z");
  EXPECT_FALSE(pod["containers"][1].contains("startTime"));
}

}  // namespace op::usage_test
