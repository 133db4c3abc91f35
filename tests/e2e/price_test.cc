// Changes while pods burst: a price, an offer that is being obtained, a feed.

#include <chrono>
#include <memory>

#include "base/time_text.h"
#include "market/money.h"
#include "support/e2e.h"
#include "support/replies.h"
#include "support/scripted_server.h"

namespace testing_support::price_test {

using namespace std::chrono_literals;
using nlohmann::json;

class Price : public EndToEnd {
 protected:
  void patch_provider(const std::string& name, const json& spec) {
    const json body = {{"spec", spec}};
    const auto patched = home().patch(api::kProviders, {}, name, kube::PatchType::kMerge, body.dump());
    ASSERT_TRUE(patched) << patched.error().text();
  }
  json wait_offer(const std::string& name, const std::string& price) {
    json offer;
    require_alive_within("offer " + name + " at " + price, 30s, [&] {
      offer = find_object(home(), api::kOffers, {}, name);
      const bool right = offer.is_object() && offer["spec"].value("pricePerGPUHour", "") == price;
      return right ? std::string() : offer.dump();
    });
    return offer;
  }
  json attempt_of(const json& pod) {
    return burst_of(pod).value("/status/attempt"_json_pointer, json::object());
  }
  json wait_attempt(const json& pod, int number) {
    json burst;
    require_alive_within("attempt " + std::to_string(number), 30s, [&] {
      burst = burst_of(pod);
      const bool made = burst.is_object() && burst.value("/status/attempt/number"_json_pointer, 0) >= number;
      return made ? std::string() : burst.dump();
    });
    return burst;
  }
  /// "Within 2 s": from the moment before the change was made to what the record says.
  static void expect_soon_after(base::Time change, const json& burst) {
    const auto next = base::parse_time(burst["status"].value("obtainingTime", ""));
    ASSERT_TRUE(next) << burst["status"];
    EXPECT_LE(std::chrono::duration_cast<std::chrono::milliseconds>(*next - change).count(), 2000)
        << burst["status"];
  }
};

market::Money money(const json& object, const char* field) {
  return market::parse_money(object.value(field, "")).value();
}

/// What a charge must be: its own price for its own time, nothing else.
void expect_exact(const json& charge, const std::string& price, std::int64_t gpus) {
  EXPECT_EQ(charge.value("pricePerGPUHour", ""), price) << charge;
  const auto placed = base::parse_time(charge.value("placedTime", "")).value();
  const auto ended = base::parse_time(charge.value("endedTime", "")).value();
  const auto lasted = std::chrono::ceil<std::chrono::milliseconds>(ended - placed);
  EXPECT_EQ(money(charge, "cost"), market::cost_of(market::parse_money(price).value(), gpus, lasted))
      << charge;
}

TEST_F(Price, AChangeIsForNewPodsAndWhatRunsKeepsItsPrice) {
  create_claim(eu_claim(ns_, "research"), {kEuNode});
  const json before = create_pod(gpu_pod(ns_, "before", "infinity", 2));
  wait_phase("before", "Running");
  patch_provider("neocloud-eu", {{"prices", {{"list", {{{"model", "H100"}, {"perGPUHour", "3.501234"}}}}}}});
  wait_offer(kEuOffer, "3.501234");
  const json after = create_pod(gpu_pod(ns_, "after", "1", 2));
  wait_phase("after", "Succeeded");
  EXPECT_EQ(attempt_of(before).value("pricePerGPUHour", ""), "2.95");
  must_delete(home(), kube::kPods, ns_, "before");
  expect_exact(wait_ended(before)["status"]["charges"].at(0), "2.95", 2);
  expect_exact(wait_ended(after)["status"]["charges"].at(0), "3.501234", 2);
}

TEST_F(Price, ACapThatANewPriceExceedsStopsNewPods) {
  json claim = eu_claim(ns_, "research");
  claim["spec"]["price"] = {{"maxPerGPUHour", "3.00"}, {"currency", "USD"}};
  create_claim(claim, {kEuNode});
  create_pod(gpu_pod(ns_, "before", "infinity"));
  wait_phase("before", "Running");
  patch_provider("neocloud-eu", {{"prices", {{"list", {{{"model", "H100"}, {"perGPUHour", "3.01"}}}}}}});
  EXPECT_EQ(wait_verdict("research", kEuOffer, false).value("rule", ""), "priceCap");
  EXPECT_EQ(phase_of(pod("before")), "Running");
}

TEST_F(Price, AnOfferThatIsWithdrawnWhileItIsObtainedIsFollowedByTheNext) {
  // Cheaper than all, and nothing that is declared there exists: its twin waits for a node.
  json slow = declared_provider("slow", "neocloud-eu", {"eu-nowhere"}, 8);
  slow["spec"]["prices"]["list"][0]["perGPUHour"] = "0.50";
  must_create(home(), api::kProviders, slow);
  neoburst_.wait_condition("slow", "Ready", "True");
  create_claim(open_claim(ns_, "research"), {"neoburst-slow-eu-nowhere-h100-ondemand", kEuNode});
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  wait_twin(created, "neocloud-eu");
  EXPECT_EQ(attempt_of(created).value("provider", ""), "slow");
  const base::Time change = base::system_clock().now();
  patch_provider(
      "slow", {{"capacity", {{"declared", {{{"region", "eu-nowhere"}, {"model", "B200"}, {"gpus", 8}}}}}}});
  expect_soon_after(change, wait_attempt(created, 2));
  wait_phase("one", "Succeeded");
  const json status = wait_ended(created)["status"];
  EXPECT_EQ(status["refusals"].at(0).value("reason", ""), "OfferGone") << status;
  EXPECT_EQ(status["charges"].size(), 1u) << "what was never placed costs nothing: " << status;
}

TEST_F(Price, AnOfferWhoseNodesGoWhileItIsObtainedIsFollowedByTheNext) {
  // One node, cheapest of all, that no pod can be placed on: its scheduler never sees enough memory.
  json tight = gpu_node("tight-1", "us-tight", {{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3"}});
  tight["status"]["allocatable"]["memory"] = "1Ki";
  tight["status"]["capacity"]["memory"] = "1Ki";
  must_create(sandbox_.admin("neocloud-us"), kube::kNodes, tight);
  patch_provider(
      "neocloud-us",
      {{"regions", {{{"name", "us-east1"}, {"country", "US"}}, {{"name", "us-tight"}, {"country", "US"}}}},
       {"prices",
        {{"list",
          {{{"model", "H100"}, {"perGPUHour", "2.46"}},
           {{"model", "H100"}, {"region", "us-tight"}, {"perGPUHour", "0.10"}}}}}}});
  const std::string offer = "neocloud-us-us-tight-h100-ondemand";
  wait_offer(offer, "0.10");
  create_claim(open_claim(ns_, "research"), {"neoburst-" + offer, kUsNode});
  json wanted = gpu_pod(ns_, "one", "1");
  wanted["spec"]["containers"][0]["resources"]["requests"] = {{"memory", "1Gi"}};
  const json created = create_pod(wanted);
  wait_twin(created, "neocloud-us");
  const base::Time change = base::system_clock().now();
  must_delete(sandbox_.admin("neocloud-us"), kube::kNodes, {}, "tight-1");
  const json next = wait_attempt(created, 2);
  EXPECT_EQ(next["status"]["refusals"].at(0).value("offer", ""), offer) << next["status"];
  expect_soon_after(change, next);
  EXPECT_EQ(node_of(wait_phase("one", "Succeeded")), kUsNode);
}

TEST_F(Price, AnOfferThatIsWithdrawnWithoutAnotherIsTold) {
  must_create(home(), api::kProviders, declared_provider("slow", "neocloud-eu", {"eu-nowhere"}, 8));
  neoburst_.wait_condition("slow", "Ready", "True");
  json claim = open_claim(ns_, "research");
  claim["spec"]["providers"] = {{"allow", {"slow"}}};
  create_claim(claim, {"neoburst-slow-eu-nowhere-h100-ondemand"});
  const json created = create_pod(gpu_pod(ns_, "one", "1"));
  wait_twin(created, "neocloud-eu");
  patch_provider(
      "slow", {{"capacity", {{"declared", {{{"region", "eu-nowhere"}, {"model", "B200"}, {"gpus", 8}}}}}}});
  wait_told("one", "the offer no longer exists");
  EXPECT_EQ(phase_of(pod("one")), "Pending");
  wait_nothing_left();
}

TEST_F(Price, AFeedThatDiesLeavesItsPricesAndWhatRuns) {
  const TestAuthority authority("Feed CA");
  auto server = std::make_unique<ScriptedServer>(
      std::vector<Script>{{ReadRequest{}, Send{ok_reply(documented_reply("lambda-instance-types.json"))}}},
      authority.issue({.alt_names = "IP:127.0.0.1"}));
  ensure_object(home(), kube::kSecrets,
                {{"apiVersion", "v1"},
                 {"kind", "Secret"},
                 {"metadata", {{"namespace", "neoburst-system"}, {"name", "lambda-api"}}},
                 {"stringData", {{"apiKey", "not-a-real-key"}}}});
  const json feed = {{"type", "Lambda"},
                     {"url", server->url() + "/api/v1/instance-types"},
                     {"caBundle", authority.ca_pem()},
                     {"secretRef", {{"name", "lambda-api"}}}};
  patch_provider("neocloud-us", {{"prices", nullptr}, {"feed", feed}});
  neoburst_.wait_condition("neocloud-us", "FeedHealthy", "True");
  // The dearest of the machines with this card: 4.29 alone, 3.99 of eight.
  EXPECT_EQ(wait_offer(kUsOffer, "4.29")["spec"].value("priceKind", ""), "Feed");
  json claim = open_claim(ns_, "research");
  claim["spec"]["providers"] = {{"allow", {"neocloud-us"}}};
  create_claim(claim, {kUsNode});
  const json created = create_pod(gpu_pod(ns_, "one", "infinity"));
  const std::string twin = uid_of((wait_phase("one", "Running"), wait_twin(created, "neocloud-us")));

  server.reset();
  patch_provider("neocloud-us", {{"feed", {{"maxAge", "1h"}}}});  // asked again at once
  neoburst_.wait_condition("neocloud-us", "FeedHealthy", "False", "FeedFailed");
  EXPECT_EQ(wait_offer(kUsOffer, "4.29")["spec"].value("priceKind", ""), "Feed");
  EXPECT_EQ(phase_of(pod("one")), "Running");
  EXPECT_EQ(uid_of(wait_twin(created, "neocloud-us")), twin);
  create_pod(gpu_pod(ns_, "two", "1"));
  EXPECT_EQ(node_of(wait_phase("two", "Succeeded")), kUsNode);
  must_delete(home(), kube::kSecrets, "neoburst-system", "lambda-api");
}

}  // namespace testing_support::price_test
