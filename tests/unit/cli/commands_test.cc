// The commands as a whole, against a server with scripted answers.

#include "cli/commands.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>

#include "cli/progress.h"
#include "support/scripted_server.h"

namespace cli::commands_test {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using testing_support::ReadRequest;
using testing_support::Script;
using testing_support::ScriptedServer;
using testing_support::Send;

std::string listed(const json& items) {
  return testing_support::ok_reply(json{{"metadata", {{"resourceVersion", "1"}}}, {"items", items}}.dump());
}

std::string refused(int code, const char* reason) {
  const std::string body = json{{"kind", "Status"}, {"reason", reason}, {"message", "no"}}.dump();
  return "HTTP/1.1 " + std::to_string(code) + " No\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

json offer() {
  return {{"metadata", {{"name", "eu-a"}, {"uid", "o"}}},
          {"spec",
           {{"provider", "eu"},
            {"region", "eu-north1"},
            {"country", "FI"},
            {"model", "H100"},
            {"pricePerGPUHour", "2.95"}}},
          {"status",
           {{"totalGPUs", 8}, {"freeGPUs", 8}, {"freeBlocks", {{"1", 8}, {"8", 1}}}, {"available", true}}}};
}

struct Result {
  int exit_code = -1;
  std::string output;
  std::string errors;
  std::vector<std::string> paths;  ///< of the requests, in their order, without the query
};

/// Runs `command` against a server that gives `replies` one after the other.
template <typename Run>
Result run_against(const std::vector<std::string>& replies, Run command) {
  Script script;
  for (const std::string& reply : replies) {
    script.emplace_back(ReadRequest{});
    script.emplace_back(Send{reply});
  }
  const ScriptedServer server({script});
  const auto file =
      std::filesystem::path(testing::TempDir()) / ("kubeconfig-" + std::to_string(server.port()));
  std::ofstream(file) << R"({"current-context": "home",
    "contexts": [{"name": "home", "context": {"cluster": "c", "user": "u", "namespace": "team"}}],
    "clusters": [{"name": "c", "cluster": {"server": ")"
                      << server.url() << R"("}}], "users": [{"name": "u", "user": {}}]})";
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Result result;
  result.exit_code = command(GlobalFlags{.kubeconfig = file.string(), .context = {}, .ns = {}});
  result.output = testing::internal::GetCapturedStdout();
  result.errors = testing::internal::GetCapturedStderr();
  std::filesystem::remove(file);
  for (const std::string& request : server.requests()) {
    const std::size_t begin = request.find(' ') + 1;
    result.paths.push_back(request.substr(begin, request.find_first_of(" ?", begin) - begin));
  }
  return result;
}

Result offers(const std::vector<std::string>& replies, const OfferFlags& flags) {
  return run_against(replies, [&](const GlobalFlags& global) { return run_offers(global, flags); });
}

TEST(Commands, OffersAreReadAndShown) {
  const auto result = offers({listed(json::array({offer()}))}, {.near = "Helsinki"});
  EXPECT_EQ(result.exit_code, kExitOk) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("\neu         eu-north1   FI        -     H100"));
  EXPECT_EQ(result.errors, "");
  EXPECT_THAT(result.paths, ElementsAre("/apis/neoburst.io/v1alpha1/gpuoffers"));
}

TEST(Commands, WhatCannotBeReadIsSaid) {
  json odd = offer();
  odd["spec"]["country"] = "UK";
  const auto result = offers({listed({odd, 7, offer()})}, {});
  EXPECT_EQ(result.exit_code, kExitOk) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("offer eu-a, unreadable: spec.country"));
  EXPECT_THAT(offers({listed(json::array())}, {}).errors,
              HasSubstr("there are no offers yet: add a NeocloudProvider"));
}

TEST(Commands, AWrongFlagIsToldBeforeAnythingIsAsked) {
  const auto result = offers({}, {.near = "Milann"});
  EXPECT_EQ(result.exit_code, kExitUsage);
  EXPECT_THAT(result.errors, StartsWith("error: --near: the city \"Milann\""));
  EXPECT_THAT(result.paths, testing::IsEmpty());
}

TEST(Commands, AClusterWithoutNeoburst) {
  const auto result = offers({refused(404, "NotFound")}, {});
  EXPECT_EQ(result.exit_code, kExitError);
  EXPECT_THAT(result.errors, HasSubstr("Neoburst is not installed there"));
}

TEST(Commands, CostWithoutALedgerCountsTheBursts) {
  const json burst = {{"metadata", {{"name", "burst-p"}, {"namespace", "team"}, {"uid", "b"}}},
                      {"spec", {{"podName", "p"}, {"podUID", "u"}, {"claimName", "research"}, {"gpus", 1}}},
                      {"status",
                       {{"attempt", {{"number", 1}, {"provider", "eu"}, {"pricePerGPUHour", "2"}}},
                        {"placedTime", "2026-11-23T10:00:00Z"},
                        {"endedTime", "2026-11-23T11:00:00Z"},
                        {"endReason", "Completed"},
                        {"gpuSeconds", 3600},
                        {"cost", "2"}}}};
  const auto result = run_against({listed(json::array({burst})), refused(404, "NotFound")},
                                  [](const GlobalFlags& global) { return run_cost(global, {}); });
  EXPECT_EQ(result.exit_code, kExitOk) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("team/research          1         0           1      2   USD"));
  EXPECT_THAT(result.errors, HasSubstr("there is no ledger in this cluster"));
  EXPECT_THAT(result.paths, ElementsAre("/apis/neoburst.io/v1alpha1/namespaces/team/podbursts",
                                        "/apis/neoburst.io/v1alpha1/burstledgers"));
}

TEST(Commands, CostIsNotToldWhereTheLedgerMayNotBeRead) {
  const auto result = run_against({listed(json::array()), refused(403, "Forbidden")},
                                  [](const GlobalFlags& global) { return run_cost(global, {}); });
  EXPECT_EQ(result.exit_code, kExitError);
  EXPECT_THAT(result.errors, HasSubstr("you may not list burstledgers.neoburst.io in the whole cluster"));
}

TEST(Commands, ExplainGoesOnWithoutWhatMayNotBeRead) {
  const json pod = {{"metadata", {{"name", "p"}, {"namespace", "team"}, {"uid", "u"}}},
                    {"spec", json::object()}};
  const auto result =
      run_against({testing_support::ok_reply(pod.dump()), listed(json::array()),
                   listed(json::array({offer()})), listed(json::array()), refused(403, "Forbidden"),
                   listed(json::array()), listed(json::array()), refused(403, "Forbidden")},
                  [](const GlobalFlags& global) { return run_explain(global, {.first = "pod/p"}); });
  EXPECT_EQ(result.exit_code, kExitOk) << result.errors;
  EXPECT_THAT(result.output, StartsWith("Pod team/p: Waits\n"));
  EXPECT_THAT(result.output, HasSubstr("left out: you may not list podbursts.neoburst.io in namespace team"));
  EXPECT_THAT(result.output, HasSubstr("left out: you may not list nodes"));
  EXPECT_EQ(result.paths.front(), "/api/v1/namespaces/team/pods/p");
}

TEST(Commands, ExplainNamesTheClaimsThatThereAre) {
  const json claim = {{"metadata", {{"name", "research"}, {"namespace", "team"}, {"uid", "c"}}},
                      {"spec", json::object()}};
  const std::string none = listed(json::array());
  const auto result =
      run_against({listed(json::array({claim})), none, none, none, none, none},
                  [](const GlobalFlags& global) { return run_explain(global, {.first = "claim/other"}); });
  EXPECT_EQ(result.exit_code, kExitError);
  EXPECT_THAT(result.errors, HasSubstr("has no GPUCapacityClaim \"other\"; there are: research"));
}

TEST(Progress, TellsOnceWhenItTakesLong) {
  std::promise<std::string> told;
  {
    const Progress progress(
        "reading pods ...", [&](const std::string& what) { told.set_value(what); },
        std::chrono::milliseconds(0));
    EXPECT_EQ(told.get_future().get(), "reading pods ...");
  }
  bool too_early = false;
  {
    const Progress progress(
        "x", [&](const std::string&) { too_early = true; }, std::chrono::hours(1));
  }
  EXPECT_FALSE(too_early);
}

}  // namespace cli::commands_test
