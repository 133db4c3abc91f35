// Money: its bounds, its events, and its record, which outlives the namespace.

#include <set>

#include "api/config.h"
#include "api/ledger.h"
#include "base/time_text.h"
#include "burst/names.h"
#include "market/budget.h"
#include "market/money.h"
#include "support/e2e.h"

namespace testing_support::spend_test {

using namespace std::chrono_literals;
using nlohmann::json;

market::Money money(const std::string& text) { return market::parse_money(text).value(); }

/// An EU claim, so that every GPU-hour is 2.95 USD, with `spec` merged into it.
json spending_claim(const std::string& ns, const std::string& name, const json& spec) {
  json claim = eu_claim(ns, name);
  claim["spec"].merge_patch(spec);
  return claim;
}

class Spend : public EndToEnd {
 protected:
  json attempt_of(const json& pod) {
    return burst_of(pod).value("/status/attempt"_json_pointer, json::object());
  }
  void patch_claim(const std::string& name, const json& spec) {
    const json body = {{"spec", spec}};
    const auto patched = home().patch(api::kClaims, ns_, name, kube::PatchType::kMerge, body.dump());
    ASSERT_TRUE(patched) << patched.error().text();
  }
  void configure(const json& spec) { ensure_object(home(), api::kConfigs, cluster_config(spec)); }
  json run_pod(const std::string& name, int gpus = 1) {
    const json created = create_pod(gpu_pod(ns_, name, "infinity", gpus));
    wait_phase(name, "Running");
    return created;
  }
  /// What the ledger has of this test's namespace.
  std::vector<json> entries() {
    std::vector<json> found;
    for (const json& page : list_all(home(), api::kLedgers)) {
      for (const json& entry : page["spec"].value("entries", json::array())) {
        if (entry.value("namespace", "") == ns_) found.push_back(entry);
      }
    }
    return found;
  }
};

TEST_F(Spend, ALifetimeEndsThePod) {
  create_claim(spending_claim(ns_, "research", {{"lifetime", "8s"}}), {kEuNode});
  const json created = run_pod("one", 2);
  const json twin = wait_twin(created, "neocloud-eu");
  EXPECT_EQ(twin["spec"].value("activeDeadlineSeconds", 0), 6) << "a quarter is kept for its end";
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "LifetimeEnded") << failed["status"];
  const json status = wait_ended(created)["status"];
  EXPECT_EQ(status.value("endReason", ""), "LifetimeEnded");
  EXPECT_LE(money(status.value("cost", "")), market::cost_of(money("2.95"), 2, 8s)) << status;
  wait_nothing_left();
}

TEST_F(Spend, ABudgetBoundsTheTimeOfOnePodAndHoldsTheNextBack) {
  // 0.05 USD are 61 s of one GPU: more than the least that is worth starting.
  create_claim(spending_claim(ns_, "research", {{"budget", {{"amount", "0.05"}}}}), {kEuNode});
  const json created = run_pod("one");
  const json attempt = attempt_of(created);
  EXPECT_EQ(attempt.value("limitSeconds", 0), 61) << attempt;
  EXPECT_EQ(attempt.value("limitReason", ""), "Budget") << attempt;
  create_pod(gpu_pod(ns_, "two", "infinity"));
  wait_told("two", "the claim's budget is spent or reserved by running pods");
  const auto listed = kubectl(sandbox_, {"get", "burst", "--namespace", ns_});
  EXPECT_NE(listed.output.find("COST"), std::string::npos) << listed.output;
  require_alive_within("a cost so far", 30s, [&] {
    const std::string so_far = burst_of(created).value("/status/costSoFar"_json_pointer, "");
    return !so_far.empty() && money(so_far) > market::Money{} ? std::string() : "it is " + so_far;
  });

  // To save a minute of waiting, the provider's kubelet is asked to end it sooner.
  const json twin = wait_twin(created, "neocloud-eu");
  EXPECT_EQ(twin["spec"].value("activeDeadlineSeconds", 0), 46);
  const json sooner = {{"spec", {{"activeDeadlineSeconds", 5}}}};
  ASSERT_TRUE(sandbox_.admin("neocloud-eu")
                  .patch(kube::kPods, "neoburst", name_of(twin), kube::PatchType::kMerge, sooner.dump()));
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "BudgetEnded") << failed["status"];
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "BudgetEnded");
  EXPECT_LE(money(burst_of(created)["status"].value("cost", "")), money("0.05"));
}

TEST_F(Spend, ABudgetThatIsSpentTerminatesWhatRunsWhereItSaysSo) {
  create_claim(
      spending_claim(ns_, "research", {{"budget", {{"amount", "100.00"}, {"onExhausted", "Terminate"}}}}),
      {kEuNode});
  const json created = run_pod("one");
  patch_claim("research", {{"budget", {{"amount", "0.000001"}}}});
  const json failed = wait_phase("one", "Failed");
  EXPECT_EQ(failed["status"].value("reason", ""), "BudgetEnded") << failed["status"];
  EXPECT_NE(failed["status"].value("message", "").find("0.000001 USD, is spent"), std::string::npos)
      << failed["status"];
  EXPECT_EQ(wait_ended(created)["status"].value("endReason", ""), "BudgetEnded");
  wait_nothing_left();
}

TEST_F(Spend, ABudgetOfADayEndsWithTheDay) {
  const auto now = base::system_clock().now();
  const auto midnight = market::period_end(market::BudgetPeriod::kDay, now).value();
  if (midnight - now < 2min) GTEST_SKIP() << "the day is about to end";
  // Two days of one GPU: only the day's end can be the limit.
  create_claim(spending_claim(ns_, "research",
                              {{"lifetime", "48h"}, {"budget", {{"amount", "141.60"}, {"period", "Day"}}}}),
               {kEuNode});
  const json attempt = attempt_of(run_pod("one"));
  const auto limit = std::chrono::seconds(attempt.value("limitSeconds", 0));
  EXPECT_LE(limit, midnight - now) << attempt;
  EXPECT_GE(limit, midnight - now - 1min) << attempt;
  EXPECT_EQ(attempt.value("limitReason", ""), "Budget") << attempt;
}

TEST_F(Spend, TheSwitchStopsWhatIsNewAndLeavesWhatRuns) {
  must_create(home(), api::kProviders, declared_provider("slow", "neocloud-eu", {"eu-nowhere"}, 8));
  neoburst_.wait_condition("slow", "Ready", "True");
  json slow = spending_claim(
      ns_, "slow",
      {{"providers", {{"allow", {"slow"}}}}, {"podSelector", {{"matchLabels", {{"go", "slow"}}}}}});
  create_claim(slow, {"neoburst-slow-eu-nowhere-h100-ondemand"});
  create_claim(spending_claim(ns_, "research", {{"podSelector", {{"matchLabels", {{"go", "fast"}}}}}}),
               {kEuNode});
  const auto labelled = [&](const std::string& name, const std::string& go) {
    json wanted = gpu_pod(ns_, name, "infinity");
    wanted["metadata"]["labels"] = {{"go", go}};
    return create_pod(wanted);
  };
  const json running = labelled("running", "fast");
  wait_phase("running", "Running");
  const json obtained = labelled("obtained", "slow");
  wait_twin(obtained, "neocloud-eu");

  configure({{"stopSpending", true}, {"stopReason", "the invoice is being looked at"}});
  const std::string why = "new spending is stopped by NeoburstConfig cluster: the invoice is being looked at";
  wait_told("obtained", why);
  require_alive_within("what was not committed to be given back", 30s, [&] {
    return twins_of(obtained, "neocloud-eu").empty() ? std::string() : burst_of(obtained).dump();
  });
  labelled("late", "fast");
  wait_told("late", why);
  require_alive_within("the claim to tell", 30s, [&] {
    const json ready = condition_of(claim("research"), "Ready");
    return ready.value("reason", "") == "SpendingStopped" ? std::string() : ready.dump();
  });
  EXPECT_EQ(phase_of(pod("running")), "Running");
  EXPECT_EQ(phase_of(pod("late")), "Pending");
  configure({{"stopSpending", false}});
  wait_phase("late", "Running");
}

TEST_F(Spend, TheOperatorsOptionIsTheSameSwitch) {
  create_claim(spending_claim(ns_, "research", json::object()), {kEuNode});
  run_pod("running");
  neoburst_.stop_operator();
  neoburst_.start_operator({"--stop-spending"});
  const json late = create_pod(gpu_pod(ns_, "late", "infinity"));
  require_alive_within("the pod to be told", 40s, [&] {
    const json burst = burst_of(late);
    const std::string told = burst.is_object() ? burst.value("/status/message"_json_pointer, "") : "";
    const bool right = told.find("--stop-spending") != std::string::npos;
    return right ? std::string() : "it says " + told + "; " + condition_of(claim("research"), "Ready").dump();
  });
  EXPECT_EQ(phase_of(pod("running")), "Running");
  neoburst_.stop_operator();
  neoburst_.start_operator();
  wait_phase("late", "Running");
}

TEST_F(Spend, TheCeilingIsForAllClaimsTogether) {
  // What earlier tests have spent would count: the ledger begins anew.
  for (const json& page : list_all(home(), api::kLedgers))
    must_delete(home(), api::kLedgers, {}, name_of(page));
  // Eight GPUs for an hour, and less than a minute of eight more.
  configure(
      {{"ceiling", {{"amount", "23.80"}, {"period", "Total"}}},
       {"exchangeRates", {{{"currency", "USD"}, {"worth", "1"}}, {{"currency", "EUR"}, {"worth", "1.10"}}}}});
  for (const char* name : {"first", "second"}) {
    create_claim(spending_claim(ns_, name,
                                {{"lifetime", "1h"}, {"podSelector", {{"matchLabels", {{"claim", name}}}}}}),
                 {kEuNode});
  }
  const auto of_claim = [&](const std::string& name) {
    json wanted = gpu_pod(ns_, name, "infinity", 8);
    wanted["metadata"]["labels"] = {{"claim", name}};
    return create_pod(wanted);
  };
  of_claim("first");
  wait_phase("first", "Running");
  of_claim("second");
  wait_told("second", "the cluster's ceiling on spending is spent or reserved by running pods");
  configure(
      {{"ceiling", {{"amount", "1000.00"}, {"period", "Total"}}},
       {"exchangeRates", {{{"currency", "USD"}, {"worth", "1"}}, {{"currency", "EUR"}, {"worth", "1.10"}}}}});
  wait_phase("second", "Running");
}

TEST_F(Spend, TheLedgerOutlivesTheNamespace) {
  create_claim(spending_claim(ns_, "research", json::object()), {kEuNode});
  const json done = create_pod(gpu_pod(ns_, "done", "1", 2));
  const json running = run_pod("running");
  wait_phase("done", "Succeeded");
  const json ended = wait_ended(done);
  EXPECT_EQ(ended["metadata"].value("finalizers", json::array()), json({"neoburst.io/ledger"}))
      << ended["metadata"];
  must_delete(home(), kube::kNamespaces, {}, ns_);
  ASSERT_TRUE(wait_for("the namespace to be gone", 60s, [&] {
    const json ns = find_object(home(), kube::kNamespaces, {}, ns_);
    return ns.is_null() ? std::string() : ns["status"].dump();
  }));
  const auto left = entries();
  ASSERT_EQ(left.size(), 2u) << json(left);
  for (const json& entry : left) {
    const bool of_done = entry.value("podUID", "") == uid_of(done);
    EXPECT_EQ(entry.value("podUID", ""), uid_of(of_done ? done : running)) << entry;
    EXPECT_EQ(entry.value("endReason", ""), of_done ? "Completed" : "PodDeleted") << entry;
    EXPECT_EQ(entry.value("country", ""), "FI") << entry;
    EXPECT_EQ(entry.value("jurisdiction", ""), "NL") << entry;
    EXPECT_GT(money(entry.value("cost", "0")), market::Money{}) << entry;
    const json& cost = of_done ? ended["status"]["cost"] : entry["cost"];
    EXPECT_EQ(entry.value("cost", json()), cost) << entry;
  }
}

TEST_F(Spend, ScaleInRemovesTheDearestFirst) {
  // Room for one pod of eight GPUs at the cheaper provider; the second goes to the dearer one.
  kube::Client& us = sandbox_.admin("neocloud-us");
  for (int i = 0; i < 3; ++i)
    must_create(us, kube::kPods, gpu_pod("default", "rival-" + std::to_string(i), "infinity", 8));
  require_alive_within("one node to be free", 30s, [&] {
    const json offer = find_object(home(), api::kOffers, {}, kUsOffer);
    return offer.value("/status/freeGPUs"_json_pointer, -1) == 8 ? std::string() : offer["status"].dump();
  });
  create_claim(open_claim(ns_, "research"), {kEuNode, kUsNode});
  json spec = gpu_pod(ns_, "x", "infinity", 8)["spec"];
  spec.erase("restartPolicy");
  const json labels = {{"app", "serving"}};
  must_create(home(), kDeployments,
              {{"apiVersion", "apps/v1"},
               {"kind", "Deployment"},
               {"metadata", {{"namespace", ns_}, {"name", "serving"}}},
               {"spec",
                {{"replicas", 2},
                 {"selector", {{"matchLabels", labels}}},
                 {"template", {{"metadata", {{"labels", labels}}}, {"spec", spec}}}}}});
  const auto running = [&] {
    std::set<std::string> nodes;
    for (const json& each : list_all(home(), kube::kPods, ns_)) {
      if (phase_of(each) == "Running" && !each["metadata"].contains("deletionTimestamp"))
        nodes.insert(node_of(each));
    }
    return nodes;
  };
  const auto wait_running = [&](const std::set<std::string>& nodes) {
    require_alive_within("the Deployment", 40s,
                         [&] { return running() == nodes ? std::string() : json(running()).dump(); });
  };
  wait_running({kEuNode, kUsNode});
  for (const json& each : list_all(home(), kube::kPods, ns_)) {
    EXPECT_EQ(each["metadata"]["annotations"].value("controller.kubernetes.io/pod-deletion-cost", ""),
              node_of(each) == kEuNode ? "-23600" : "-19680")
        << each["metadata"];
  }
  const json one = {{"spec", {{"replicas", 1}}}};
  ASSERT_TRUE(home().patch(kDeployments, ns_, "serving", kube::PatchType::kMerge, one.dump()));
  wait_running({kUsNode});
}

}  // namespace testing_support::spend_test
