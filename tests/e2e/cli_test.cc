// kubectl-neoburst, as its user types it: what is on the market, why a pod waits, what bursting cost.

#include <gmock/gmock.h>

#include "support/e2e.h"

namespace testing_support::cli_test {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class Cli : public EndToEnd {
 protected:
  /// The plugin as the administrator of the home cluster, in the test's namespace.
  CommandResult neoburst(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {program_path("cli", "kubectl-neoburst"), "--kubeconfig",
                                         sandbox_.admin_kubeconfig("home"), "--namespace", ns_});
    return run_command(arguments);
  }
  /// Standard output as JSON; the command must succeed.
  json neoburst_json(const std::vector<std::string>& arguments) {
    const auto result = neoburst(arguments);
    if (result.exit_code != 0) throw std::runtime_error(result.errors);
    return json::parse(result.output);
  }
  json explain(const std::string& target) { return neoburst_json({"explain", target, "-o", "json"}); }

  static json named(const json& list, const std::string& name) {
    for (const json& each : list) {
      if (each.value("name", "") == name) return each;
    }
    return json::object();
  }
  /// The names of the offers that a search finds at the standard providers.
  std::vector<std::string> found(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"offers", "--provider", "neocloud-eu,neocloud-us", "-o", "json"});
    std::vector<std::string> out;
    const json reply = neoburst_json(flags);
    for (const json& offer : reply["offers"]) out.push_back(offer.value("name", ""));
    return out;
  }
};

TEST_F(Cli, OffersAreSearchedByTheRulesOfAClaim) {
  require_alive_within("both offers to be available", 30s,
                       [&] { return found({}).size() == 2 ? std::string() : std::string("not both are"); });
  EXPECT_THAT(found({}), testing::UnorderedElementsAre(kEuOffer, kUsOffer));
  EXPECT_THAT(found({"--gpu", "h100", "--country", "EU"}), testing::ElementsAre(kEuOffer));
  EXPECT_THAT(found({"--exclude-jurisdiction", "US"}), testing::ElementsAre(kEuOffer));
  EXPECT_THAT(found({"--sort", "price"}), testing::ElementsAre(kUsOffer, kEuOffer));
  EXPECT_THAT(found({"--max-price", "2.50"}), testing::ElementsAre(kUsOffer));
  // The places of these data centres are unknown: that fails the rule.
  EXPECT_THAT(found({"--near", "Milan", "--max-distance", "20000"}), testing::IsEmpty());

  const auto table = neoburst({"offers", "--near", "Milan", "--provider", "neocloud-eu,neocloud-us"});
  EXPECT_EQ(table.exit_code, 0) << table.errors;
  EXPECT_THAT(table.output, HasSubstr("neocloud-eu   eu-north1   FI        NL"));
  const auto csv = neoburst({"offers", "-o", "csv"});
  EXPECT_THAT(csv.output, testing::StartsWith("name,provider,region,"));
}

TEST_F(Cli, MistakesAreToldWithTheirMend) {
  const auto city = neoburst({"offers", "--near", "Milann"});
  EXPECT_EQ(city.exit_code, 2);
  EXPECT_THAT(city.errors, HasSubstr("did you mean Milan"));
  EXPECT_EQ(neoburst({"offers", "--gpu", "H1000"}).exit_code, 2);
  EXPECT_EQ(neoburst({"cost", "--since", "yesterday"}).exit_code, 2);
  const auto nobody = neoburst({"explain", "pod/nobody"});
  EXPECT_EQ(nobody.exit_code, 1);
  EXPECT_THAT(nobody.errors, HasSubstr("not found in namespace " + ns_));
  // A provider knows nothing of bursts.
  const auto elsewhere = run_command({program_path("cli", "kubectl-neoburst"), "--kubeconfig",
                                      sandbox_.admin_kubeconfig("neocloud-eu"), "cost"});
  EXPECT_EQ(elsewhere.exit_code, 1);
  EXPECT_THAT(elsewhere.errors, HasSubstr("Neoburst is not installed there"));
}

TEST_F(Cli, ExplainNamesTheRuleAndItsCommandMendsIt) {
  json claim = open_claim(ns_, "research");
  claim["spec"]["price"] = {{"maxPerGPUHour", "1.00"}, {"currency", "USD"}};
  create_claim(claim);
  create_pod(gpu_pod(ns_, "waits", "1"));
  require_alive_within("the price cap to be told", 30s, [&] {
    const json offer = named(explain("pod/waits")["offers"], kUsOffer);
    for (const json& obstacle : offer.value("obstacles", json::array())) {
      if (obstacle.value("rule", "") == "priceCap") return std::string();
    }
    return offer.dump();
  });

  std::string mend;
  const json refused = named(explain("waits")["offers"], kUsOffer);
  for (const json& obstacle : refused["obstacles"]) {
    if (obstacle.value("rule", "") == "priceCap") mend = obstacle.value("mend", "");
  }
  ASSERT_THAT(mend, HasSubstr("\"maxPerGPUHour\":\"2.46\""));
  // As the user pastes it, but with this sandbox's kubectl and cluster.
  const std::string command = sandbox_.kubectl() + " --kubeconfig " + sandbox_.admin_kubeconfig("home") +
                              mend.substr(std::string("kubectl").size());
  const auto patched = run_command({"/bin/sh", "-c", command});
  ASSERT_EQ(patched.exit_code, 0) << patched.errors;
  EXPECT_EQ(node_of(wait_phase("waits", "Succeeded")), kUsNode);
}

TEST_F(Cli, ExplainTellsWhyAPodDoesNotBurst) {
  json claim = open_claim(ns_, "research");
  claim["spec"]["podSelector"] = {{"matchLabels", {{"team", "vision"}}}};
  create_claim(claim);
  create_pod(gpu_pod(ns_, "unselected", "1"));
  const json check = named(explain("pod/unselected")["checks"], "claim");
  EXPECT_EQ(check.value("result", ""), "fail");
  EXPECT_THAT(check.value("text", ""), HasSubstr("label team must be vision"));
  EXPECT_THAT(check.value("mend", ""), HasSubstr("label pod unselected --overwrite team=vision"));

  const json claimed = explain("claim/research");
  EXPECT_EQ(claimed.value("state", ""), "Usable");
  EXPECT_EQ(claimed["offers"].size(), 2u);
}

TEST_F(Cli, ExplainTellsWhereItRunsAndCostWhatItCost) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  create_pod(gpu_pod(ns_, "bursts", "infinity"));
  wait_phase("bursts", "Running");
  const json running = explain("pod/bursts");
  EXPECT_EQ(running.value("state", ""), "RunsAtProvider") << running;
  EXPECT_THAT(running["summary"].dump(),
              HasSubstr("at provider neocloud-eu, region eu-north1 in FI, under the law of NL"));

  json costs;
  require_alive_within("the record to tell since when it holds GPUs", 30s, [&] {
    costs = neoburst_json({"cost", "--format", "json", "--by", "country"});
    return costs["groups"].size() == 1 ? std::string() : costs.dump();
  });
  EXPECT_EQ(costs["groups"][0].value("group", ""), "FI");
  EXPECT_EQ(costs["groups"][0].value("running", 0), 1);

  const json pod_before = pod("bursts");
  must_delete(home(), kube::kPods, ns_, "bursts", {.grace_seconds = 1});
  wait_gone("bursts");
  const json ended = wait_ended(pod_before);
  const json after = neoburst_json({"cost", "--format", "json", "--by", "claim"});
  ASSERT_EQ(after["groups"].size(), 1u) << after;
  EXPECT_EQ(after["groups"][0].value("group", ""), ns_ + "/research");
  EXPECT_EQ(after["groups"][0].value("running", -1), 0);
  EXPECT_EQ(after["totals"][0].value("cost", ""), ended["status"].value("cost", "?"));
  EXPECT_EQ(explain("pod/bursts").value("state", ""), "Ended");

  const auto focus = neoburst({"cost", "--format", "focus", "--since", "1h"});
  EXPECT_EQ(focus.exit_code, 0) << focus.errors;
  EXPECT_THAT(focus.output, testing::StartsWith("AvailabilityZone,BilledCost,"));
  EXPECT_THAT(focus.output, HasSubstr(",neocloud-eu,"));
  EXPECT_THAT(neoburst({"cost", "--until", "2020-01-01"}).errors,
              HasSubstr("nothing was spent in namespace " + ns_));
}

}  // namespace testing_support::cli_test
