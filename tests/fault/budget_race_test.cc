// Three hundred pods race for a budget that covers forty, while the operator is killed: at no moment is a
// micro-unit more spent or promised than the budget has.

#include <algorithm>
#include <map>
#include <thread>

#include "burst/holding.h"
#include "burst/spend_book.h"
#include "fault/fault_test_base.h"
#include "market/money.h"

namespace testing_support::budget_race_test {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr int kPods = 300;
constexpr int kCovered = 40;
/// Odd on purpose: the most that an attempt may cost is no round number.
constexpr const char* kPrice = "2.777777";
constexpr std::chrono::seconds kLifetime{47 * 60 + 11};
constexpr int kKills = 5;

market::Money most_of_one() { return market::cost_of(market::parse_money(kPrice).value(), 1, kLifetime); }

market::Money budget() { return {most_of_one().micros * kCovered}; }

/// The certain spend and the most that a live attempt may still cost, by this record.
market::Money committed(const burst::Burst& b) {
  market::Money sum;
  for (const burst::Charge& charge : b.charges) sum = sum + charge.claim_cost;
  if (burst::may_hold_gpus(b)) {
    sum = sum + market::cost_of(b.attempt.claim_price, b.gpus, std::chrono::seconds(b.attempt.limit_seconds));
  }
  return sum;
}

/// Follows every version of every record, in the order in which the API server wrote them.
struct Most {
  market::Money now;
  market::Money ever;
  std::size_t versions = 0;
};
Most most_committed(const History& history, const std::string& ns) {
  Most most;
  std::map<std::string, market::Money> of;
  for (const SeenBurst& seen : history.bursts) {
    const burst::Burst& b = seen.object->burst;
    if (b.ns != ns || seen.kind == EventKind::kDeleted) continue;
    most.now = most.now - of[b.uid];
    of[b.uid] = committed(b);
    most.now = most.now + of[b.uid];
    most.ever = std::max(most.ever, most.now);
    ++most.versions;
  }
  return most;
}

json racing_claim(const std::string& ns, const std::string& name) {
  json claim = open_claim(ns, name);
  claim["spec"]["lifetime"] = std::to_string(kLifetime.count()) + "s";
  claim["spec"]["budget"] = {{"amount", market::format_money(budget())}};
  return claim;
}

class BudgetRace : public Faults {
 protected:
  /// Both providers at one price, with more GPUs than the budget pays for.
  void same_price_everywhere() {
    for (const auto& name : Sandbox::providers()) {
      json provider = standard_provider(name);
      provider["spec"]["prices"]["list"][0]["perGPUHour"] = kPrice;
      ensure_object(sandbox_.home(), api::kProviders, provider);
    }
    for (const char* name : {"neocloud-eu-eu-north1-h100-ondemand", "neocloud-us-us-east1-h100-ondemand"}) {
      require_within("the price of " + std::string(name), 30s, [&] {
        const json offer = find_object(sandbox_.home(), api::kOffers, {}, name);
        const bool right = offer.is_object() && offer["spec"].value("pricePerGPUHour", "") == kPrice;
        return right ? std::string() : offer.dump();
      });
    }
  }
  int running() {
    int count = 0;
    for (const json& pod : list_all(sandbox_.home(), kube::kPods, ns_))
      count += phase_of(pod) == "Running" ? 1 : 0;
    return count;
  }
  std::string told_of_budget() {
    int told = 0;
    std::string other;
    for (const json& burst : list_all(sandbox_.home(), api::kBursts, ns_)) {
      const std::string message = burst.value("/status/message"_json_pointer, "");
      const bool live = burst.value("/status/attempt/number"_json_pointer, 0) > 0 &&
                        !burst.value("/status/attempt/released"_json_pointer, false);
      if (live) continue;
      if (message.find("the claim's budget") != std::string::npos) {
        ++told;
      } else {
        other = burst.dump();
      }
    }
    return told == kPods - kCovered ? std::string()
                                    : std::to_string(told) + " pods are told; another says " + other;
  }
};

TEST_F(BudgetRace, NeverAMicroUnitOverWhileTheOperatorIsKilled) {
  prepare("race", racing_claim);
  same_price_everywhere();
  neoburst_.fill_home();
  for (int i = 0; i < kPods; ++i) {
    must_create(sandbox_.home(), kube::kPods, gpu_pod(ns_, "racer-" + std::to_string(i), "infinity"));
  }
  for (int kill = 0; kill < kKills; ++kill) {
    std::this_thread::sleep_for(random_pause(100, 1500));
    ASSERT_EQ(neoburst_.casualties(), "");
    neoburst_.kill_operator();
    neoburst_.start_operator();
  }
  EXPECT_TRUE(wait_for("40 pods to run", 120s, [&] {
    const int count = running();
    return count == kCovered ? std::string() : std::to_string(count) + " run";
  }));
  EXPECT_TRUE(wait_for("the others to be told", 120s, [&] { return told_of_budget(); }));
  EXPECT_EQ(running(), kCovered);

  const Most most = most_committed(recorder_->history(), ns_);
  std::printf("%zu versions of records; at most %s of %s USD\n", most.versions,
              market::format_money(most.ever).c_str(), market::format_money(budget()).c_str());
  EXPECT_LE(most.ever, budget());
  // All of it is used, except the seconds for which given-up attempts held GPUs.
  EXPECT_GT(most.now + most_of_one(), budget());
  EXPECT_EQ(joined(never_twice(recorder_->history())), "");

  EXPECT_EQ(clear_namespace(sandbox_, ns_), "");
  const Most end = most_committed(recorder_->history(), ns_);
  EXPECT_LE(end.ever, budget())
      << "what was held is charged for what it was held, never for more than was set aside";
  ns_.clear();
}

}  // namespace testing_support::budget_race_test
