// The market: three providers that label their nodes in their own ways, in three countries under two laws, at
// prices in two currencies; and claims that each turn on one rule.

#include <chrono>

#include "api/config.h"
#include "base/time_text.h"
#include "market/money.h"
#include "support/e2e.h"

namespace testing_support::market_test {

using namespace std::chrono_literals;
using nlohmann::json;

// What a US company runs in Spain, in the dialect of CoreWeave; what a Dutch one runs in Finland, in that of
// Nebius; and GKE, in the Netherlands and in the United States.
constexpr const char* kSpain = "neocloud-es-eu-south-03-h100-ondemand";
constexpr const char* kSlices = "neocloud-es-eu-south-03-h100-shared-ondemand";
constexpr const char* kNowhere = "neocloud-es-lab-9-h100-ondemand";
constexpr const char* kFinland = kEuOffer;
constexpr const char* kFinlandH200 = "neocloud-eu-eu-north1-h200-ondemand";
constexpr const char* kDutchL4 = "neocloud-us-europe-west4-l4-ondemand";
constexpr const char* kDutchSpot = "neocloud-us-europe-west4-l4-spot";
constexpr const char* kAmerica = kUsOffer;

json taint(const std::string& key, const std::string& value) {
  return {{"key", key}, {"value", value}, {"effect", "NoSchedule"}};
}

/// CoreWeave's labels without GPU Feature Discovery, with the label of GKE that some of its nodes carry.
json coreweave_node(const std::string& name, const std::string& region) {
  json node = gpu_node(name, region,
                       {{"gpu.nvidia.com/class", "H100_NVLINK_80GB"},
                        {"gpu.nvidia.com/count", "8"},
                        {"node.kubernetes.io/instance-type", "gd-8xh100ib-i128"},
                        {"cloud.google.com/gke-accelerator", "H100_NVLINK_80GB"}});
  node["spec"]["taints"] = {taint("is_gpu", "true")};
  return node;
}

json sliced_node(const std::string& name, const std::string& region) {
  json node = gpu_node(name, region,
                       {{"nvidia.com/gpu.product", "NVIDIA-H100-80GB-HBM3-SHARED"},
                        {"nvidia.com/gpu.replicas", "4"},
                        {"nvidia.com/gpu.sharing-strategy", "time-slicing"}},
                       32);
  node["spec"]["taints"] = {taint("is_gpu", "true")};
  return node;
}

json nebius_node(const std::string& name) {
  return gpu_node(name, "eu-north1",
                  {{"nebius.com/gpu", "true"},
                   {"nebius.com/gpu-name", "H200"},
                   {"node.kubernetes.io/instance-type", "gpu-h200-sxm"}});
}

json gke_node(const std::string& name, bool spot) {
  json node = gpu_node(name, "europe-west4", {{"cloud.google.com/gke-accelerator", "nvidia-l4"}});
  node["spec"]["taints"] = {taint("nvidia.com/gpu", "present")};
  if (spot) {
    node["metadata"]["labels"]["cloud.google.com/gke-spot"] = "true";
    node["spec"]["taints"].push_back(taint("cloud.google.com/gke-spot", "true"));
  }
  return node;
}

/// The regions, their places and the operator's jurisdiction come from the profile.
json provider(const std::string& cluster, const std::string& profile, const std::string& currency,
              json prices) {
  return {{"apiVersion", "neoburst.io/v1alpha1"},
          {"kind", "NeocloudProvider"},
          {"metadata", {{"name", cluster}}},
          {"spec",
           {{"profile", profile},
            {"kubeconfigSecretRef", {{"name", cluster}}},
            {"prices", {{"currency", currency}, {"asOf", "2026-11-01"}, {"list", std::move(prices)}}}}}};
}

std::string node_of_offer(const std::string& offer) { return "neoburst-" + offer; }

/// One claim that turns on one rule, and what must come of it.
struct Row {
  const char* name;
  json spec;          ///< merged into a claim for the offers of this market
  const char* lands;  ///< the offer its pod runs on, "" for none
  const char* other;  ///< an offer that would have been taken otherwise, or nearly
  const char* rule;   ///< that this one breaks
};

std::vector<Row> rows() {
  const json barcelona = {{"latitude", "41.39"}, {"longitude", "2.17"}};
  const json h100 = {{"models", {"H100"}}};
  const auto location = [&](json rules) { return json{{"gpus", h100}, {"location", std::move(rules)}}; };
  return {
      {"country", location({{"countries", {"FI"}}}), kFinland, kSpain, "country"},
      {"unknown-country", location({{"countries", {"EU"}}}), kSpain, kNowhere, "country"},
      {"spain-under-eu-law", location({{"countries", {"ES"}}, {"operatorJurisdictions", {"EU"}}}), "", kSpain,
       "operatorJurisdiction"},
      {"not-under-us-law", location({{"excludeJurisdictions", {"US"}}}), kFinland, kSpain,
       "excludedJurisdiction"},
      {"certified", location({{"certifications", {"ISO27001"}}}), kFinland, kSpain, "certification"},
      {"near", location({{"near", barcelona}, {"maxDistanceKm", 300}}), kSpain, kFinland, "distance"},
      {"group", location({{"countries", {"group:nordics"}}}), kFinland, kSpain, "country"},
      {"model", {{"gpus", {{"models", {"H200"}}}}}, kFinlandH200, kSpain, "model"},
      {"memory", {{"gpus", {{"minMemoryGiB", 100}}}}, kFinlandH200, kSpain, "memory"},
      {"interconnect", {{"gpus", {{"interconnect", "NVLink"}}}}, kSpain, kDutchL4, "interconnect"},
      {"spot", {{"gpus", {{"capacityTypes", {"Spot"}}}}}, kDutchSpot, kSpain, "capacityType"},
      // 2.20 USD are 2.00 EUR, 2.46 USD are 2.24.
      {"price-in-eur",
       {{"gpus", h100}, {"price", {{"maxPerGPUHour", "2.00"}, {"currency", "EUR"}}}},
       kSpain,
       kAmerica,
       "priceCap"},
      {"denied", {{"gpus", h100}, {"providers", {{"deny", {"neocloud-es"}}}}}, kAmerica, kSpain, "provider"},
      {"whole", {{"gpus", h100}}, kSpain, kSlices, "wholeGPU"},
      // Strategies: cheapest is what all others do.
      {"nearest",
       {{"gpus", h100},
        {"strategy", "Nearest"},
        {"location", {{"near", {{"latitude", "60.2"}, {"longitude", "24.9"}}}}}},
       kFinland,
       kDutchL4,
       "model"},
      // Thirty-two GPUs in America, eight in Spain: whatever the other pods hold, more are free in America.
      {"fastest",
       {{"gpus", h100}, {"strategy", "Fastest"}, {"providers", {{"allow", {"neocloud-us", "neocloud-es"}}}}},
       kAmerica,
       kDutchL4,
       "model"},
  };
}

class Market : public EndToEnd {
 protected:
  void SetUp() override {
    EndToEnd::SetUp();
    if (HasFatalFailure()) return;
    ensure_object(
        home(), api::kConfigs,
        cluster_config({{"exchangeRates",
                         {{{"currency", "USD"}, {"worth", "1"}}, {{"currency", "EUR"}, {"worth", "1.10"}}}},
                        {"countryGroups", {{{"name", "nordics"}, {"countries", {"FI", "SE"}}}}}}));
    for (const auto& [cluster, nodes] : nodes_) {
      for (const json& node : nodes) must_create(sandbox_.admin(cluster), kube::kNodes, node);
    }
    ensure_provider_secret(sandbox_, "neocloud-es");
    for (const json& each : providers()) ensure_object(home(), api::kProviders, each);
    for (const json& each : providers()) neoburst_.wait_condition(name_of(each), "Ready", "True");
    for (const char* offer :
         {kSpain, kSlices, kNowhere, kFinland, kFinlandH200, kDutchL4, kDutchSpot, kAmerica})
      wait_priced(offer);
  }

  static std::vector<json> providers() {
    json nebius =
        provider("neocloud-eu", "nebius", "EUR",
                 {{{"model", "H100"}, {"perGPUHour", "2.70"}}, {{"model", "H200"}, {"perGPUHour", "3.40"}}});
    nebius["spec"]["certifications"] = {
        {{"name", "ISO27001"}, {"evidenceURL", "https://example.com/iso27001"}, {"asOf", "2026-10-01"}}};
    return {provider("neocloud-es", "coreweave", "USD", {{{"model", "H100"}, {"perGPUHour", "2.20"}}}),
            nebius,
            provider("neocloud-us", "gcp", "USD",
                     {{{"model", "H100"}, {"perGPUHour", "2.46"}},
                      {{"model", "L4"}, {"perGPUHour", "0.80"}},
                      {{"model", "L4"}, {"capacityType", "Spot"}, {"perGPUHour", "0.30"}}})};
  }

  void wait_priced(const std::string& name) {
    require_alive_within("offer " + name, 30s, [&] {
      const json offer = find_object(home(), api::kOffers, {}, name);
      if (offer.is_object() && offer.value("/status/freeGPUs"_json_pointer, 0) > 0) return std::string();
      std::string there = offer.is_object() ? offer.dump() : "";
      if (there.empty()) {
        for (const json& each : list_all(home(), api::kOffers)) there += name_of(each) + " ";
      }
      return "there is: " + there;
    });
  }

  const std::vector<std::pair<std::string, std::vector<json>>> nodes_ = {
      {"neocloud-es",
       {coreweave_node("cw-1", "EU-SOUTH-03"), sliced_node("cw-2", "EU-SOUTH-03"),
        coreweave_node("cw-3", "LAB-9")}},
      {"neocloud-eu", {nebius_node("nb-1")}},
      {"neocloud-us", {gke_node("gke-1", false), gke_node("gke-2", true)}}};
};

TEST_F(Market, AGroupThatNobodyDefinedIsTold) {
  json claim = open_claim(ns_, "research");
  claim["spec"]["location"] = {{"countries", {"group:baltics"}}};
  create_claim(claim);
  require_alive_within("the claim to tell", 30s, [&] {
    const json ready = condition_of(find_object(home(), api::kClaims, ns_, "research"), "Ready");
    const bool told =
        ready.value("message", "").find("\"group:baltics\" is not known; add it to spec.countryGroups") !=
        std::string::npos;
    return told ? std::string() : ready.dump();
  });
}

TEST_F(Market, EachClaimLandsWhereItsRuleSaysOrSaysWhyNot) {
  for (const Row& row : rows()) {
    json claim = open_claim(ns_, row.name);
    claim["spec"].merge_patch(row.spec);
    claim["spec"]["podSelector"] = {{"matchLabels", {{"claim", row.name}}}};
    create_claim(claim);
  }
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    const json verdict = wait_verdict(row.name, row.other, false);
    EXPECT_EQ(verdict.value("rule", ""), row.rule) << verdict;
    EXPECT_FALSE(verdict.value("reason", "").empty()) << verdict;
    if (*row.lands != '\0') wait_nodes({node_of_offer(row.lands)});
  }
  for (const Row& row : rows()) {
    json wanted = gpu_pod(ns_, row.name, "1");
    wanted["metadata"]["labels"] = {{"claim", row.name}};
    create_pod(wanted);
  }
  for (const Row& row : rows()) {
    SCOPED_TRACE(row.name);
    if (*row.lands == '\0') continue;
    const json ran = wait_phase(row.name, "Succeeded");
    EXPECT_EQ(node_of(ran), node_of_offer(row.lands));
    EXPECT_EQ(wait_ended(ran)["status"]["charges"].at(0).value("offer", ""), row.lands);
  }
  // Its data centre is in Spain, the law that reaches it is not.
  const json matched = condition_of(claim("spain-under-eu-law"), "OffersMatched");
  EXPECT_EQ(matched.value("reason", ""), "NoOfferFits") << matched;
  EXPECT_NE(matched.value("message", "").find("operatorJurisdiction"), std::string::npos) << matched;
  const std::string why = wait_verdict("spain-under-eu-law", kSpain, false).value("reason", "");
  EXPECT_NE(why.find("the operator's jurisdiction US is not allowed"), std::string::npos) << why;
  EXPECT_EQ(phase_of(pod("spain-under-eu-law")), "Pending");

  const json charge = wait_ended(pod("price-in-eur"))["status"]["charges"].at(0);
  EXPECT_EQ(charge.value("currency", ""), "USD");
  EXPECT_EQ(charge.value("claimCurrency", ""), "EUR");
  const auto placed = base::parse_time(charge.value("placedTime", "")).value();
  const auto ended = base::parse_time(charge.value("endedTime", "")).value();
  const auto lasted = std::chrono::ceil<std::chrono::milliseconds>(ended - placed);
  EXPECT_EQ(charge.value("cost", ""), market::format_money(market::cost_of({2'200'000}, 1, lasted)))
      << charge;
  EXPECT_EQ(charge.value("claimCost", ""), market::format_money(market::cost_of({2'000'000}, 1, lasted)))
      << charge;
}

}  // namespace testing_support::market_test
