#include "cli/explain/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/time_text.h"
#include "cli/explain/mends.h"
#include "cli/explain/pod_state.h"
#include "cli/explain/print.h"
#include "cli/explain/read.h"
#include "market/match.h"
#include "offers.h"

namespace cli::explain_test {

using nlohmann::json;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const base::Time kNow = *base::parse_time("2026-11-23T12:00:00Z");

json pod_object() {
  return {
      {"metadata",
       {{"namespace", "team"}, {"name", "train-0"}, {"uid", "p"}, {"labels", {{"app", "train"}}}}},
      {"spec",
       {{"containers", {{{"name", "main"}, {"resources", {{"limits", {{"nvidia.com/gpu", "2"}}}}}}}},
        {"tolerations", {{{"key", "neoburst.io/burst"}, {"operator", "Exists"}, {"effect", "NoSchedule"}}}}}},
      {"status",
       {{"phase", "Pending"},
        {"conditions",
         {{{"type", "PodScheduled"}, {"status", "False"}, {"message", "0/9 nodes are available"}}}}}}};
}

api::ClaimRecord claim(const std::string& name) {
  api::ClaimRecord record;
  record.meta.ns = "team";
  record.meta.name = name;
  return record;
}

/// The pod above, the claim `research` that allows it everything, and the market of offers.h; the pod has
/// been asked for, and all burst nodes passed.
class Explain : public testing::Test {
 protected:
  void SetUp() override {
    facts_.now = kNow;
    facts_.ns = "team";
    facts_.claims = {claim("research")};
    for (const market::Offer& offer : market_offers()) {
      api::OfferRecord record;
      record.meta.name = offer.name;
      record.offer = offer;
      facts_.offers.push_back(record);
    }
    api::BurstRecord record;
    burst::Burst& burst = record.burst;
    burst.ns = "team";
    burst.name = "burst-p";
    burst.uid = "b";
    burst.pod_name = "train-0";
    burst.pod_uid = "p";
    burst.claim = "research";
    burst.gpus = 2;
    burst.requested = kNow - std::chrono::minutes(3);
    for (const auto& offer : facts_.offers) {
      burst.candidates.push_back(market::burst_node_name(offer.offer.name));
    }
    facts_.bursts = {record};
  }

  Explanation explain() { return explain_pod(facts_, *read_pod(pod_)); }
  Check check(const std::string& name) {
    const Explanation explanation = explain();
    for (const Check& each : explanation.checks) {
      if (each.name == name) return each;
    }
    return {name, Mark::kUnknown, "there is no such check", {}};
  }
  std::vector<Obstacle> obstacles(const std::string& offer) {
    const Explanation explanation = explain();
    for (const JudgedOffer& judged : explanation.offers) {
      if (judged.offer->name == offer) return judged.obstacles;
    }
    return {{"", "there is no such offer", ""}};
  }
  burst::Burst& burst() { return facts_.bursts.at(0).burst; }
  market::ClaimRules& rules() { return facts_.claims.at(0).rules; }

  json pod_ = pod_object();
  Facts facts_;
};

TEST_F(Explain, AServiceThatNeedsItsAddress) {
  EXPECT_EQ(check("services").mark, Mark::kOk);
  kube::ServiceRecord service;
  service.meta.name = "web";
  service.selector = {{"app", "train"}};
  facts_.services = {service};
  EXPECT_EQ(check("services").mark, Mark::kFail);
  EXPECT_THAT(check("services").text, HasSubstr("Service web selects the pod"));
  EXPECT_EQ(
      check("services").mend,
      R"(kubectl -n team patch gpucapacityclaim research --type merge -p '{"spec":{"network":{"services":"Allow"}}}')");
  rules().services = market::ServicePods::kAllow;
  EXPECT_EQ(check("services").mark, Mark::kOk);
  rules().services = market::ServicePods::kRefuse;
  pod_["spec"]["subdomain"] = "web";
  facts_.services[0].headless = true;
  EXPECT_EQ(check("services").mark, Mark::kOk) << "its own subdomain goes along";
}

constexpr const char* kMilan = "alpha-milan-h100-ondemand";
constexpr const char* kParis = "beta-paris-h100-spot";
constexpr const char* kNowhere = "delta-nowhere";

TEST_F(Explain, AllIsWellAndTheOfferWouldBeTaken) {
  const auto explanation = explain();
  EXPECT_EQ(explanation.state, "Waits");
  for (const Check& each : explanation.checks)
    EXPECT_EQ(each.mark, Mark::kOk) << each.name << ": " << each.text;
  ASSERT_FALSE(explanation.offers.empty());
  EXPECT_EQ(explanation.offers[0].offer->name, kMilan);
  EXPECT_THAT(explanation.offers[0].obstacles, IsEmpty());
  EXPECT_THAT(explanation.summary, ElementsAre("it waits for capacity since 2026-11-23T11:57:00Z (3m ago)"));
}

TEST_F(Explain, APodWithoutGpus) {
  pod_["spec"]["containers"][0].erase("resources");
  const auto explanation = explain();
  ASSERT_EQ(explanation.checks.size(), 1u);
  EXPECT_EQ(explanation.checks[0].mark, Mark::kFail);
  EXPECT_THAT(explanation.offers, IsEmpty());
}

TEST_F(Explain, NoClaimAtAll) {
  facts_.claims.clear();
  EXPECT_THAT(check("claim").text, HasSubstr("namespace team has no GPUCapacityClaim"));
  EXPECT_THAT(check("claim").mend, HasSubstr("kubectl -n team apply"));
}

TEST_F(Explain, TheLabelThatDiffersAndHowToSetIt) {
  using Operator = kube::LabelSelector::Operator;
  struct Row {
    kube::LabelSelector::Requirement requirement;
    const char* text;
    const char* mend;
  };
  const std::vector<Row> rows = {
      {{"team", Operator::kIn, {"vision"}},
       "label team must be vision (the pod has no such label)",
       "kubectl -n team label pod train-0 --overwrite team=vision"},
      {{"app", Operator::kIn, {"a", "b"}},
       "label app must be one of a, b (the pod has \"train\")",
       "--overwrite app=a"},
      {{"app", Operator::kNotIn, {"train"}}, "label app must not be train", "label pod train-0 app-"},
      {{"tier", Operator::kExists, {}}, "label tier must be there", "label pod train-0 'tier=<VALUE>'"},
      {{"app", Operator::kDoesNotExist, {}}, "label app must not be there", "label pod train-0 app-"}};
  for (const Row& row : rows) {
    facts_.claims[0].selector.requirements = {row.requirement};
    EXPECT_EQ(check("claim").mark, Mark::kFail);
    EXPECT_THAT(check("claim").text, HasSubstr(row.text));
    EXPECT_THAT(check("claim").mend, HasSubstr(row.mend));
  }
}

TEST_F(Explain, TheFirstUsableClaimCountsAsForTheExtender) {
  facts_.claims = {claim("a"), claim("b")};
  facts_.claims[0].rules.when = market::BurstWhen::kNever;
  EXPECT_THAT(check("claim").text, HasSubstr("claim b selects"));
  facts_.claims[1].problem = "spec.lifetime: must be more than 0";
  EXPECT_THAT(check("claim").text, HasSubstr("claim a selects"));
  EXPECT_THAT(
      check("usable").mend,
      HasSubstr(
          R"(patch gpucapacityclaim a --type merge -p '{"spec":{"burst":{"when":"LocalExhausted"}}}')"));
}

TEST_F(Explain, AClaimThatCannotBeUsed) {
  facts_.claims[0].problem = "spec.lifetime: must be more than 0";
  EXPECT_THAT(check("usable").text, HasSubstr("spec.lifetime"));
  EXPECT_THAT(check("usable").mend, HasSubstr("kubectl -n team edit gpucapacityclaim research"));
  EXPECT_THAT(explain().offers, IsEmpty());
}

TEST_F(Explain, ThePodsOwnHindrances) {
  pod_["spec"].erase("tolerations");
  pod_["spec"]["topologySpreadConstraints"] = {{{"whenUnsatisfiable", "DoNotSchedule"}}};
  pod_["spec"]["schedulingGates"] = {{{"name", "wait"}}};
  EXPECT_EQ(check("toleration").mark, Mark::kFail);
  EXPECT_THAT(check("toleration").mend, HasSubstr(R"("path":"/spec/tolerations","value":[{)"));
  EXPECT_EQ(check("spread").mark, Mark::kFail);
  EXPECT_EQ(check("gates").mark, Mark::kFail);
  pod_["spec"]["tolerations"] = {{{"operator", "Exists"}, {"effect", "NoExecute"}}};
  EXPECT_THAT(check("toleration").mend, HasSubstr(R"("path":"/spec/tolerations/-")"));
}

TEST_F(Explain, TheSchedulerHasNotAsked) {
  facts_.bursts.clear();
  EXPECT_THAT(check("scheduler").text, HasSubstr("it says: 0/9 nodes are available"));
  pod_["status"].erase("conditions");
  EXPECT_EQ(check("scheduler").mark, Mark::kUnknown);
}

TEST_F(Explain, AClaimMayLetItsPodsWaitForHomeFirst) {
  rules().after = std::chrono::minutes(5);
  EXPECT_EQ(check("after").text, "the claim lets its pods wait 5m for a home GPU first (burst.after)");
  rules().after = std::chrono::minutes(2);
  EXPECT_EQ(check("after").text, "there is no such check");
}

TEST_F(Explain, LimitAndBudgetOfTheClaim) {
  rules().max_gpus = 3;
  api::BurstRecord other;
  other.burst = burst();
  other.burst.uid = "other";
  other.burst.pod_uid = "other";
  other.burst.gpus = 2;
  other.burst.attempt.number = 1;
  facts_.bursts.push_back(other);
  EXPECT_EQ(check("limit").text, "2 of 3 GPUs (gpus.max) are in use, and the pod asks for 2");
  EXPECT_THAT(check("limit").mend, HasSubstr(R"('{"spec":{"gpus":{"max":4}}}')"));
  rules().budget = market::Budget{{50'000'000}};
  EXPECT_EQ(check("budget").mark, Mark::kUnknown);
  facts_.claims[0].conditions = {
      {"WithinBudget", "False", "BudgetExhausted", "the budget, 50 USD, is spent", 0, {}}};
  EXPECT_EQ(check("budget").text, "the budget, 50 USD, is spent");
  EXPECT_THAT(check("budget").mend, HasSubstr(R"({"spec":{"budget":{"amount":"<AMOUNT>"}}})"));
}

burst::Attempt milan_attempt(int number) {
  burst::Attempt attempt;
  attempt.number = number;
  attempt.offer = kMilan;
  attempt.provider = "alpha";
  attempt.region = "milan";
  attempt.country = "IT";
  attempt.price = {{2'950'000}, "USD", "2026-11-01"};
  attempt.claim_price = attempt.price.per_gpu_hour;
  return attempt;
}

/// Every rule of the market has its own mend here; a rule that is new in the market falls back on `edit`.
TEST_F(Explain, EveryRuleThatFailsIsToldWithItsMend) {
  rules().models = {"H200"};
  rules().countries = {"FR"};
  rules().operator_jurisdictions = {"FR"};
  rules().exclude_jurisdictions = {"US"};
  rules().certifications = {"C5"};
  rules().near = market::Coordinates{48'860, 2'350};
  rules().max_distance_km = 100;
  rules().max_per_gpu_hour = market::Money{2'000'000};
  rules().min_memory_gib = 100;
  rules().deny_providers = {"beta"};
  std::map<std::string, std::string> milan;
  for (const Obstacle& obstacle : obstacles(kMilan)) milan[obstacle.rule] = obstacle.mend;
  const std::string patch = "kubectl -n team patch gpucapacityclaim research --type ";
  EXPECT_EQ(milan["model"],
            patch + R"(json -p '[{"op":"add","path":"/spec/gpus/models/-","value":"H100"}]')");
  EXPECT_EQ(milan["country"],
            patch + R"(json -p '[{"op":"add","path":"/spec/location/countries/-","value":"IT"}]')");
  EXPECT_EQ(
      milan["operatorJurisdiction"],
      patch + R"(json -p '[{"op":"add","path":"/spec/location/operatorJurisdictions/-","value":"NL"}]')");
  EXPECT_EQ(milan["distance"], patch + R"(merge -p '{"spec":{"location":{"maxDistanceKm":640}}}')");
  EXPECT_EQ(milan["memory"], patch + R"(merge -p '{"spec":{"gpus":{"minMemoryGiB":80}}}')");
  EXPECT_EQ(milan["priceCap"], patch + R"(merge -p '{"spec":{"price":{"maxPerGPUHour":"2.95"}}}')");
  EXPECT_THAT(milan["certification"], HasSubstr("kubectl edit neocloudprovider alpha"));
  EXPECT_FALSE(milan.contains("provider"));

  std::map<std::string, std::string> paris;
  for (const Obstacle& obstacle : obstacles(kParis)) paris[obstacle.rule] = obstacle.mend;
  EXPECT_THAT(paris["provider"], HasSubstr("take beta out of spec.providers.deny"));
  EXPECT_THAT(paris["excludedJurisdiction"], HasSubstr("take US out of spec.location.excludeJurisdictions"));
  EXPECT_EQ(paris["capacityType"],
            patch + R"(merge -p '{"spec":{"gpus":{"capacityTypes":["OnDemand","Spot"]}}}')");

  // The provider must supply an unknown fact; the claim cannot waive it.
  for (const Obstacle& obstacle : obstacles(kNowhere)) {
    if (obstacle.rule == "model") continue;
    EXPECT_THAT(obstacle.mend, HasSubstr("neocloudprovider delta")) << obstacle.rule;
  }
}

TEST_F(Explain, NoRuleOfTheMarketIsWithoutAMend) {
  const auto offer = market_offers().front();
  for (const market::Rule& rule : market::hard_rules()) {
    const std::string mend = mend_rule(facts_.claims[0], offer, rule.name);
    if (rule.name == "wholeGPU") continue;  // nothing makes a shared GPU whole
    EXPECT_THAT(mend, HasSubstr("kubectl ")) << rule.name;
    EXPECT_THAT(mend, Not(HasSubstr("see the rule"))) << rule.name;
  }
  EXPECT_THAT(mend_rule(facts_.claims[0], offer, "aRuleOfTomorrow"),
              HasSubstr("edit gpucapacityclaim research"));
}

TEST_F(Explain, WhatStopsAnOfferForTheMoment) {
  burst().candidates = {market::burst_node_name(kMilan)};
  burst().refusals = {{kMilan, "NoRoom", "0/4 nodes", kNow + std::chrono::minutes(1)},
                      {kParis, "Old", "long ago", kNow - std::chrono::minutes(1)}};
  facts_.offers[0].offer.free_blocks = {3, 0, 0, 0, 0, 0, 0, 0};
  facts_.offers[0].offer.free_gpus = 3;
  const auto milan = obstacles(kMilan);
  ASSERT_EQ(milan.size(), 2u);
  EXPECT_EQ(milan[0].rule, "refused");
  EXPECT_EQ(milan[0].reason, "NoRoom: 0/4 nodes; not tried again before 2026-11-23T12:01:00Z");
  EXPECT_EQ(milan[1].reason, "no node has 2 free GPUs (3 of 32 free)");
  rules().capacity_types = {market::CapacityType::kSpot};
  const auto paris = obstacles(kParis);
  ASSERT_EQ(paris.size(), 1u);
  EXPECT_EQ(paris[0].rule, "candidate");
  EXPECT_THAT(check("offers").text, HasSubstr("0 could be taken now"));
}

TEST_F(Explain, WhereItRunsAndWhatItCosts) {
  pod_["spec"]["nodeName"] = market::burst_node_name(kMilan);
  pod_["status"]["phase"] = "Running";
  burst().attempt = milan_attempt(1);
  burst().attempt.jurisdiction = "NL";
  burst().attempt.remote_node = "gpu-7";
  burst().placed_at = kNow - std::chrono::hours(2);
  burst().started_at = kNow - std::chrono::minutes(119);
  const auto explanation = explain();
  EXPECT_EQ(explanation.state, "RunsAtProvider");
  EXPECT_THAT(
      explanation.summary,
      ElementsAre(
          "it runs at provider alpha, region milan in IT, under the law of NL, on node gpu-7, since "
          "2026-11-23T10:01:00Z (1h59m ago)",
          "2 H100 of offer alpha-milan-h100-ondemand at 2.95 USD per GPU-hour (price of 2026-11-01)",
          "it has cost 11.80 USD so far",
          "why there: home had no room for it, and claim research allows that offer (strategy Cheapest: "
          "the cheapest offer with room)"));
  EXPECT_THAT(explanation.checks, IsEmpty());

  burst().ended_at = kNow;
  burst().end_reason = burst::EndReason::kCompleted;
  burst().cost = {11'800'000};
  burst().gpu_seconds = 14'400;
  EXPECT_EQ(explain().state, "Ended");
  EXPECT_THAT(explain().summary, Contains("it cost 11.80 USD for 14400 GPU-seconds"));
}

TEST_F(Explain, AtHomeBecauseHomeComesFirst) {
  facts_.bursts.clear();
  pod_["spec"]["nodeName"] = "gpu-0";
  pod_["status"]["phase"] = "Running";
  EXPECT_EQ(explain().state, "RunsAtHome");
  EXPECT_THAT(explain().summary, Contains(HasSubstr("home comes first")));
}

TEST_F(Explain, WhyItFailed) {
  facts_.bursts.clear();
  pod_["spec"]["nodeName"] = market::burst_node_name(kMilan);
  pod_["status"] = {{"phase", "Failed"}, {"reason", "BurstNotAllowed"}, {"message", "bound by hand"}};
  EXPECT_EQ(explain().state, "BoundWithoutRecord");
  EXPECT_THAT(explain().summary, Contains("its status says: BurstNotAllowed: bound by hand"));
  pod_["spec"].erase("nodeName");
  EXPECT_EQ(explain().state, "Ended");
}

TEST_F(Explain, OnTheWay) {
  burst().attempt = milan_attempt(2);
  burst().message = "waiting for a node";
  EXPECT_EQ(explain().state, "Obtaining");
  EXPECT_THAT(explain().summary, Contains("the operator says: waiting for a node"));
  EXPECT_THAT(explain().summary, Contains(HasSubstr("under the law of unknown")));
  EXPECT_THAT(explain().summary, Contains(HasSubstr("this is attempt 2")));
  burst().placed_at = kNow;
  EXPECT_EQ(explain().state, "Reserved");
  burst().ended_at = kNow;
  EXPECT_EQ(explain().state, "Waits");
}

TEST_F(Explain, APodThatIsGone) {
  burst().ended_at = kNow - std::chrono::hours(30);
  burst().end_reason = burst::EndReason::kPodDeleted;
  api::BurstRecord older = facts_.bursts[0];
  older.burst.requested -= std::chrono::hours(1);
  older.burst.name = "older";
  facts_.bursts.push_back(older);
  const auto* record = find_record_of(facts_, "train-0");
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->burst.name, "burst-p");
  const auto explanation = explain_record(facts_, *record);
  EXPECT_EQ(explanation.state, "Ended");
  EXPECT_THAT(explanation.summary, Contains("its burst ended 1d6h ago: PodDeleted"));
  EXPECT_EQ(find_record_of(facts_, "other"), nullptr);
}

TEST_F(Explain, ASilentOperatorAndABadProviderAreNoted) {
  facts_.operator_seen = kNow - std::chrono::minutes(6);
  api::ProviderRecord provider;
  provider.meta.name = "alpha";
  provider.conditions = {{"Ready", "False", "Unreachable", "no answer", 0, {}}};
  facts_.providers = {provider};
  facts_.unread = {"you may not list nodes"};
  EXPECT_THAT(explain().notes,
              ElementsAre(HasSubstr("6m ago"), "provider alpha is not ready, Unreachable: no answer",
                          "left out: you may not list nodes"));
  facts_.operator_seen = kNow - std::chrono::minutes(4);
  EXPECT_EQ(explain().notes.size(), 2u);
}

TEST_F(Explain, AClaim) {
  facts_.claims[0].conditions = {{"Ready", "True", "Ready", "pods that the claim selects can burst", 0, {}}};
  const auto explanation = explain_claim(facts_, facts_.claims[0]);
  EXPECT_EQ(explanation.kind, "GPUCapacityClaim");
  EXPECT_EQ(explanation.state, "Usable");
  EXPECT_THAT(explanation.summary, ElementsAre("Ready is True: pods that the claim selects can burst"));
  EXPECT_EQ(explanation.offers.size(), facts_.offers.size());
}

TEST_F(Explain, Text) {
  facts_.offers = {facts_.offers[0], facts_.offers[1]};
  rules().countries = {"FR"};
  burst().candidates.pop_back();
  EXPECT_EQ(explanation_text(explain()),
            R"(Pod team/train-0: Waits
  it waits for capacity since 2026-11-23T11:57:00Z (3m ago)

What a burst needs, in order:
  [ok]   gpus: it asks for 2 GPUs
  [ok]   claim: claim research selects the pod
  [ok]   usable: the claim can be used
  [ok]   limit: the claim has no limit of GPUs
  [ok]   budget: the claim has no budget
  [ok]   toleration: it tolerates neoburst.io/burst
  [ok]   spread: it does not spread hard over nodes
  [ok]   services: no Service needs its address
  [ok]   scheduler: the scheduler found home exhausted and let 4 burst nodes pass
  [FAIL] offers: 0 of 2 offers fit the claim, 0 could be taken now; see below

The offers, and what stops each:
OFFER                       COUNTRY   LAW   GPU    FREE   PRICE   CURRENCY   VERDICT
alpha-milan-h100-ondemand   IT        NL    H100     20    2.95   USD        stopped by country
beta-paris-h100-spot        FR        US    H100      6    1.50   USD        stopped by capacityType

Why, and what would change it, if you mean to:
  country: country IT is not allowed (allowed: FR)
    offers: alpha-milan-h100-ondemand
    mend: kubectl -n team patch gpucapacityclaim research --type json -p '[{"op":"add","path":"/spec/location/countries/-","value":"IT"}]'
  capacityType: capacity type Spot is not allowed
    offers: beta-paris-h100-spot
    mend: kubectl -n team patch gpucapacityclaim research --type merge -p '{"spec":{"gpus":{"capacityTypes":["OnDemand","Spot"]}}}'
)");
}

TEST_F(Explain, Json) {
  rules().countries = {"FR"};
  const json document = json::parse(explanation_json(explain()));
  EXPECT_EQ(document["kind"], "Pod");
  EXPECT_EQ(document["state"], "Waits");
  EXPECT_EQ(document["checks"][0],
            json::parse(R"({"name": "gpus", "result": "ok", "text": "it asks for 2 GPUs", "mend": ""})"));
  EXPECT_EQ(document["offers"].size(), facts_.offers.size());
  EXPECT_FALSE(document["offers"][0]["obstacles"].empty());
}

TEST_F(Explain, AProvidersTextCannotDrawNorRun) {
  facts_.offers[0].offer.available = false;
  facts_.offers[0].offer.unavailable_reason = "down\x1b[2J\nmend: rm -rf /";
  facts_.offers[0].offer.provider = "a'; rm -rf /; '";
  facts_.offers[0].offer.region = "x\nrm -rf /";
  facts_.offers[0].offer.country = "";
  rules().countries = {"FR"};
  for (const Obstacle& obstacle : obstacles(kMilan)) EXPECT_THAT(obstacle.mend, Not(HasSubstr("\n")));
  const std::string text = explanation_text(explain());
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\nmend: rm")));
  EXPECT_THAT(text, HasSubstr(R"(kubectl describe neocloudprovider 'a'\''; rm -rf /; '\''')"));
}

TEST(ReadPod, NeedsNoMoreThanMetadata) {
  EXPECT_TRUE(read_pod({{"metadata", {{"namespace", "a"}, {"name", "b"}}}}));
  EXPECT_FALSE(read_pod(json::object()));
  EXPECT_FALSE(read_pod(json::array()));
}

TEST(OperatorHeartbeat, IsTheNewestOfAllNodes) {
  const auto node = [](const json& conditions) { return json{{"status", {{"conditions", conditions}}}}; };
  const std::vector<json> nodes = {
      node({{{"type", "NeoburstOperator"}, {"lastHeartbeatTime", "2026-11-23T11:00:00Z"}}}),
      node({{{"type", "NeoburstOperator"}, {"lastHeartbeatTime", "2026-11-23T12:00:00Z"}},
            {{"type", "Ready"}, {"lastHeartbeatTime", "2026-11-23T13:00:00Z"}}}),
      node({{{"type", "NeoburstOperator"}, {"lastHeartbeatTime", 7}}, 7}), node(nullptr), json(7)};
  EXPECT_EQ(operator_heartbeat(nodes), kNow);
  EXPECT_FALSE(operator_heartbeat({}));
}

TEST(Ago, IsInTwoUnitsAtMost) {
  const std::pair<std::int64_t, const char*> rows[] = {
      {-5, "0s ago"},     {59, "59s ago"},   {60, "1m ago"},     {125, "2m5s ago"},
      {7500, "2h5m ago"}, {86400, "1d ago"}, {93600, "1d2h ago"}};
  for (const auto& [seconds, text] : rows) EXPECT_EQ(ago(kNow - std::chrono::seconds(seconds), kNow), text);
}

}  // namespace cli::explain_test
