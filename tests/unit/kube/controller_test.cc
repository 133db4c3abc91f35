#include "kube/runtime/controller.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <stdexcept>

#include "base/log.h"
#include "base/metrics.h"
#include "wait_until.h"

namespace kube::controller_test {

using std::chrono::milliseconds;

bool metric_is(const std::string& controller, const std::string& result, int value) {
  const std::string line = "kube_controller_reconcile_total{controller=\"" + controller + "\",result=\"" +
                           result + "\"} " + std::to_string(value) + "\n";
  return base::metrics_text().find(line) != std::string::npos;
}

/// Metrics live as long as the process: a name of its own for each controller keeps repeated runs apart.
std::string unique(const std::string& name) {
  static std::atomic<int> count = 0;
  return name + std::to_string(++count);
}

TEST(Controller, AllSeriesStartAtZero) {
  const std::string name = unique("zero");
  const Controller controller({.name = name},
                              [](const std::string&) -> base::Result<Next> { return Next{}; });
  for (const char* result : {"Done", "Again", "Exception", "Conflict", "Invalid", "Cancelled", "Throttled"}) {
    EXPECT_TRUE(metric_is(name, result, 0)) << result;
  }
}

TEST(Controller, ComesAgainWhenAskedOrFailed) {
  struct Row {
    const char* name;
    const char* result;
    std::function<base::Result<Next>()> first;
  };
  const Row rows[] = {{"again", "Again", [] { return Next{milliseconds(1)}; }},
                      {"conflict", "Conflict", [] { return base::fail(base::Code::kConflict, ""); }},
                      {"missing", "NotFound", [] { return base::fail(base::Code::kNotFound, ""); }},
                      {"down", "Unavailable", [] { return base::fail(base::Code::kUnavailable, ""); }},
                      {"slow", "Deadline", [] { return base::fail(base::Code::kDeadline, ""); }},
                      {"thrown", "Exception", []() -> base::Result<Next> { throw std::runtime_error("x"); }},
                      {"odd", "Exception", []() -> base::Result<Next> { throw 7; }}};
  for (const auto& row : rows) {
    std::atomic<int> runs = 0;
    const std::string name = unique(row.name);
    Controller controller({.name = name}, [&](const std::string& key) -> base::Result<Next> {
      EXPECT_EQ(key, "k");
      if (runs++ == 0) return row.first();
      return Next{};
    });
    controller.start();
    controller.queue().add("k");
    EXPECT_TRUE(wait_until([&] { return metric_is(name, "Done", 1); })) << row.name;
    EXPECT_TRUE(metric_is(name, row.result, 1)) << row.name;
    controller.stop();
    EXPECT_EQ(runs, 2) << row.name;
  }
}

TEST(Controller, WaitsForAChangeAfterTerminalFailures) {
  for (const auto code :
       {base::Code::kInvalid, base::Code::kMalformed, base::Code::kCancelled, base::Code::kForbidden}) {
    std::atomic<int> runs = 0;
    const std::string name = unique("terminal");
    Controller controller({.name = name, .workers = 1}, [&](const std::string& key) -> base::Result<Next> {
      if (key == "marker") return Next{};
      if (runs++ == 0) return base::fail(code, "");
      return Next{};
    });
    controller.start();
    controller.queue().add("k");
    controller.queue().add("marker");
    EXPECT_TRUE(wait_until([&] { return metric_is(name, "Done", 1); }));
    EXPECT_EQ(runs, 1);
    controller.queue().add("k");  // the change
    EXPECT_TRUE(wait_until([&] { return metric_is(name, "Done", 2); }));
    EXPECT_EQ(runs, 2);
    controller.stop();
  }
}

std::vector<std::string> ids_in(const std::string& log, const std::string& line) {
  std::vector<std::string> ids;
  std::istringstream lines(log);
  for (std::string text; std::getline(lines, text);) {
    const auto at = text.find("reconcileID=");
    if (text.find(line) != std::string::npos)
      ids.push_back(text.substr(at == std::string::npos ? text.size() : at));
  }
  return ids;
}

TEST(Controller, EveryLineOfAReconcileCarriesItsId) {
  const std::string name = unique("named");
  base::init_logging(base::LogLevel::kInfo, base::LogFormat::kText);
  testing::internal::CaptureStderr();
  std::atomic<int> runs = 0;
  Controller controller({.name = name}, [&](const std::string&) -> base::Result<Next> {
    base::log_info("deep inside");
    if (runs++ == 0) return base::fail(base::Code::kConflict, "old");
    return Next{};
  });
  controller.start();
  controller.queue().add("a/b");
  EXPECT_TRUE(wait_until([&] { return metric_is(name, "Done", 1); }));
  controller.stop();
  const auto log = testing::internal::GetCapturedStderr();
  const auto inside = ids_in(log, "deep inside controller=" + name + " key=a/b reconcileID=");
  const auto settled = ids_in(log, "Reconcile saw stale state and comes again");
  ASSERT_EQ(inside.size(), 2u) << log;
  ASSERT_EQ(settled.size(), 1u) << log;
  EXPECT_EQ(settled[0], inside[0]);
  EXPECT_NE(inside[0], inside[1]);
  EXPECT_GE(inside[0].size(), std::string("reconcileID=0000-1").size());
}

TEST(Controller, StopWaitsForTheRunningReconcile) {
  std::atomic<bool> entered = false;
  std::atomic<bool> finished = false;
  Controller controller({.name = "stopping"}, [&](const std::string&) -> base::Result<Next> {
    entered = true;
    std::this_thread::yield();
    finished = true;
    return Next{};
  });
  controller.start();
  controller.queue().add("k");
  ASSERT_TRUE(wait_until([&] { return entered.load(); }));
  controller.stop();
  EXPECT_TRUE(finished);
  controller.stop();
}

}  // namespace kube::controller_test
