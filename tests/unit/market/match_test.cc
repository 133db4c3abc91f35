#include "market/match.h"

#include <gtest/gtest.h>

#include <functional>

#include "offers.h"

namespace market::match_test {

using Claims = std::function<void(ClaimRules&)>;
using Offers = std::function<void(Offer&)>;

struct Case {
  const char* rule;  ///< "" = fits
  Claims claim;
  Offers offer;
  const char* reason;
};

const Offers kAsIs = [](Offer&) {};
const ExchangeRates kRates{{"USD", 1'000'000}, {"EUR", 1'250'000}};

Verdict verdict(const Case& c) {
  ClaimRules claim;
  Offer offer = finnish_h100();
  c.claim(claim);
  c.offer(offer);
  return judge(claim, offer);
}

TEST(Judge, EachRuleTellsItsReason) {
  const Case cases[] = {
      {"", [](ClaimRules&) {}, kAsIs, ""},
      {"provider", [](ClaimRules& c) { c.deny_providers = {"eu"}; }, kAsIs, "provider eu is denied"},
      {"provider", [](ClaimRules& c) { c.allow_providers = {"us"}; }, kAsIs,
       "provider eu is not allowed (allowed: us)"},
      {"country",
       [](ClaimRules& c) {
         c.countries = {"FI", "SE"};
       },
       [](Offer& o) { o.country = "US"; }, "country US is not allowed (allowed: FI, SE)"},
      {"provider", [](ClaimRules& c) { c.deny_providers = {"us"}; }, [](Offer& o) { o.provider.clear(); },
       "the provider is unknown"},
      {"country", [](ClaimRules& c) { c.countries = {"FI"}; }, [](Offer& o) { o.country.clear(); },
       "the country of the data centre is unknown (allowed: FI)"},
      {"operatorJurisdiction", [](ClaimRules& c) { c.operator_jurisdictions = {"FI"}; }, kAsIs,
       "the operator's jurisdiction NL is not allowed (allowed: FI)"},
      {"operatorJurisdiction", [](ClaimRules& c) { c.operator_jurisdictions = {"FI"}; },
       [](Offer& o) { o.jurisdiction.clear(); }, "the operator's jurisdiction is unknown (allowed: FI)"},
      {"excludedJurisdiction", [](ClaimRules& c) { c.exclude_jurisdictions = {"US"}; },
       [](Offer& o) { o.jurisdiction = "US"; }, "the operator's jurisdiction US is excluded"},
      {"excludedJurisdiction", [](ClaimRules& c) { c.exclude_jurisdictions = {"US"}; },
       [](Offer& o) { o.country = "US"; }, "the data centre is in US, which is excluded"},
      {"excludedJurisdiction", [](ClaimRules& c) { c.exclude_jurisdictions = {"US"}; },
       [](Offer& o) { o.jurisdiction.clear(); }, "the operator's jurisdiction is unknown (excluded: US)"},
      {"", [](ClaimRules& c) { c.exclude_jurisdictions = {"US"}; }, kAsIs, ""},
      {"certification",
       [](ClaimRules& c) {
         c.certifications = {"SOC2", "C5"};
       },
       kAsIs, "certification C5 is not declared"},
      {"distance",
       [](ClaimRules& c) {
         c.near = Coordinates{40'700, -74'000};
         c.max_distance_km = 1000;
       },
       kAsIs, "the data centre is 6613 km away (at most 1000 km)"},
      {"distance",
       [](ClaimRules& c) {
         c.near = Coordinates{60'170, 24'940};
         c.max_distance_km = 1000;
       },
       [](Offer& o) { o.coordinates.reset(); }, "the place of the data centre is unknown (at most 1000 km)"},
      {"",
       [](ClaimRules& c) {
         c.near = Coordinates{60'170, 24'940};
         c.max_distance_km = 100;
       },
       kAsIs, ""},
      {"wholeGPU", [](ClaimRules&) {}, [](Offer& o) { o.gpu.shared = true; },
       "its GPUs are shared or partitioned, not whole"},
      {"model", [](ClaimRules& c) { c.models = {"H200"}; }, kAsIs,
       "GPU model H100 is not wanted (wanted: H200)"},
      {"model", [](ClaimRules& c) { c.models = {"H200"}; }, [](Offer& o) { o.gpu.model.clear(); },
       "the GPU model is unknown (wanted: H200)"},
      {"", [](ClaimRules&) {}, [](Offer& o) { o.gpu.model.clear(); }, ""},
      {"memory", [](ClaimRules& c) { c.min_memory_gib = 94; }, kAsIs,
       "GPU memory of 80 GiB is too small (at least 94 GiB)"},
      {"memory", [](ClaimRules& c) { c.min_memory_gib = 80; },
       [](Offer& o) { o.gpu = identify_gpu("NVIDIA-A100", 0); },
       "the GPU memory is unknown (at least 80 GiB)"},
      {"interconnect", [](ClaimRules& c) { c.interconnect = "NVLink"; },
       [](Offer& o) { o.gpu.form = "PCIe"; }, "the GPU's form is PCIe (wanted: NVLink)"},
      {"interconnect", [](ClaimRules& c) { c.interconnect = "SXM"; }, [](Offer& o) { o.gpu.form.clear(); },
       "the form of the GPU is unknown (wanted: SXM)"},
      {"", [](ClaimRules& c) { c.interconnect = "NVLink"; }, kAsIs, ""},
      {"capacityType", [](ClaimRules&) {}, [](Offer& o) { o.capacity_type = CapacityType::kSpot; },
       "capacity type Spot is not allowed"},
      {"", [](ClaimRules& c) { c.capacity_types = {CapacityType::kSpot}; },
       [](Offer& o) { o.capacity_type = CapacityType::kSpot; }, ""},
      {"priceKnown", [](ClaimRules&) {}, [](Offer& o) { o.price.reset(); },
       "the price is unknown; add it to spec.prices of provider eu"},
      {"currency", [](ClaimRules& c) { c.currency = "EUR"; }, kAsIs,
       "the price is in USD, and no rate to EUR is configured"},
      {"",
       [](ClaimRules& c) {
         c.currency = "EUR";
         c.rates = kRates;
         c.max_per_gpu_hour = Money{2'360'000};
       },
       kAsIs, ""},
      {"priceCap",
       [](ClaimRules& c) {
         c.currency = "EUR";
         c.rates = kRates;
         c.max_per_gpu_hour = Money{2'359'999};
       },
       kAsIs, "price 2.95 USD per GPU-hour (2.36 EUR) is above the cap of 2.359999 EUR"},
      {"priceCap", [](ClaimRules& c) { c.max_per_gpu_hour = Money{2'000'000}; }, kAsIs,
       "price 2.95 USD per GPU-hour is above the cap of 2 USD"},
      {"", [](ClaimRules& c) { c.max_per_gpu_hour = Money{2'950'000}; }, kAsIs, ""},
      // Law before price: the country is told, not the price.
      {"country",
       [](ClaimRules& c) {
         c.countries = {"SE"};
         c.max_per_gpu_hour = Money{1};
       },
       kAsIs, "country FI is not allowed (allowed: SE)"},
  };
  for (const Case& c : cases) {
    const Verdict v = verdict(c);
    EXPECT_EQ(v.rule, c.rule) << c.reason;
    EXPECT_EQ(v.reason, c.reason);
    EXPECT_EQ(v.fits(), std::string_view(c.rule).empty());
  }
}

TEST(Explain, TellsEveryFailingRuleInOrder) {
  ClaimRules claim;
  claim.countries = {"SE"};
  claim.models = {"H200"};
  claim.max_per_gpu_hour = Money{1};
  claim.currency = "EUR";
  std::string told;
  for (const Verdict& v : explain(claim, finnish_h100()))
    told += std::string(v.rule) + ": " + v.reason + "\n";
  EXPECT_EQ(told,
            "country: country FI is not allowed (allowed: SE)\n"
            "model: GPU model H100 is not wanted (wanted: H200)\n"
            "currency: the price is in USD, and no rate to EUR is configured\n"
            "priceCap: price 2.95 USD per GPU-hour cannot be held against the cap of 0.000001 EUR\n");
  EXPECT_TRUE(explain({}, finnish_h100()).empty());
  Offer free_of_price = finnish_h100();
  free_of_price.price.reset();
  EXPECT_EQ(explain(claim, free_of_price).back().reason,
            "an unknown price cannot be held against the cap of 0.000001 EUR");
}

TEST(Judge, LongListsAreCutInSentences) {
  ClaimRules claim;
  claim.countries = *resolve_countries({"EU"});
  Offer offer = finnish_h100();
  offer.country = "US";
  EXPECT_EQ(
      judge(claim, offer).reason,
      "country US is not allowed (allowed: AT, BE, BG, CY, CZ, DE, DK, EE, ES, FI, FR, GR and 15 more)");
}

TEST(Room, IsPerNode) {
  const Offer offer = finnish_h100();
  EXPECT_TRUE(has_room(offer, 8));
  EXPECT_FALSE(has_room(offer, 9));
  EXPECT_FALSE(has_room(offer, 0));
  Offer scattered = offer;
  scattered.free_blocks = {8, 0, 0, 0, 0, 0, 0, 0};
  EXPECT_FALSE(has_room(scattered, 2)) << "8 free GPUs on 8 nodes";
  Offer lost = offer;
  lost.available = false;
  EXPECT_FALSE(has_room(lost, 1));
}

class Rank : public testing::Test {
 protected:
  Offer add(const char* name, std::int64_t price, Coordinates place, std::int64_t blocks) {
    Offer offer = finnish_h100();
    offer.name = name;
    offer.price->per_gpu_hour = {price};
    offer.coordinates = place;
    offer.free_blocks[0] = blocks;
    return offer;
  }
  std::string order(const ClaimRules& rules) {
    std::vector<const Offer*> all;
    for (const Offer& offer : offers) all.push_back(&offer);
    std::string out;
    for (const Offer* offer : rank(rules, all, 1)) out += offer->name;
    return out;
  }
  std::vector<Offer> offers{add("d", 1, {0, 0}, 0), add("c", 3, {60'000, 25'000}, 1),
                            add("b", 2, {50'000, 10'000}, 2), add("a", 2, {10'000, 10'000}, 9)};
  ClaimRules claim;
};

TEST_F(Rank, CheapestThenNameAndFullOnesLast) { EXPECT_EQ(order(claim), "abcd"); }
TEST_F(Rank, Nearest) {
  claim.strategy = Strategy::kNearest;
  claim.near = Coordinates{60'000, 25'000};
  EXPECT_EQ(order(claim), "cbad");
  offers[1].coordinates.reset();
  EXPECT_EQ(order(claim), "bacd") << "an unknown place is the farthest";
}
TEST_F(Rank, FastestIsWhereMostRoomIs) {
  claim.strategy = Strategy::kFastest;
  EXPECT_EQ(order(claim), "abcd");
  offers[1].free_blocks[0] = 20;
  EXPECT_EQ(order(claim), "cabd");
}
TEST_F(Rank, ComparesPricesInTheClaimsCurrency) {
  claim.currency = "EUR";
  claim.rates = kRates;
  offers[1].price = Price{{2'000'000}, "USD"};  // 1.60 EUR
  offers[2].price = Price{{1'700'000}, "EUR"};
  offers[3].price = Price{{1'500'000}, "JPY"};  // no rate: does not fit
  EXPECT_EQ(order(claim), "cbd");
}
TEST_F(Rank, LeavesOutWhatDoesNotFitOrIsNotAvailable) {
  offers[3].available = false;
  claim.max_per_gpu_hour = Money{2};
  EXPECT_EQ(order(claim), "bd");
}

TEST(Scores, TellWhatTheyLookedAt) {
  ClaimRules claim;
  claim.currency = "EUR";
  claim.rates = kRates;
  claim.near = Coordinates{60'600, 25'300};
  Offer offer = finnish_h100();
  const auto told = [&](Strategy strategy) {
    std::string out;
    for (const Score& score : soft_scores(strategy)) {
      out += std::string(score.name) + ": " + score.text(claim, offer, 2) + "\n";
    }
    return out;
  };
  const std::string price = "price: 2.95 USD per GPU-hour (2.36 EUR)\n";
  EXPECT_EQ(told(Strategy::kCheapest), "room: has room now\n" + price);
  EXPECT_EQ(told(Strategy::kNearest), "room: has room now\ndistance: 0 km away\n" + price);
  EXPECT_EQ(told(Strategy::kFastest), "room: has room now\nfreeBlocks: 4 such pods fit now\n" + price);
  offer.available = false;
  offer.coordinates.reset();
  offer.price.reset();
  EXPECT_EQ(told(Strategy::kNearest),
            "room: has no room now\ndistance: the place of the data centre is unknown\n"
            "price: the price is unknown\n");
}

TEST(OfferNames, AreValidAndShort) {
  EXPECT_EQ(offer_name("nebius", "eu-north1", "RTX PRO 6000", CapacityType::kOnDemand),
            "nebius-eu-north1-rtx-pro-6000-ondemand");
  const std::string longer = offer_name(std::string(60, 'p'), "US-EAST-01", "H100", CapacityType::kSpot);
  EXPECT_LE(burst_node_name(longer).size(), 63u);
  EXPECT_EQ(burst_node_name(longer), "neoburst-" + longer);
  EXPECT_NE(longer, offer_name(std::string(60, 'p'), "US-EAST-02", "H100", CapacityType::kSpot));
  EXPECT_LE(burst_node_name(std::string(200, 'x')).size(), 63u);
  EXPECT_TRUE(is_burst_node(burst_node_name("a")));
  EXPECT_FALSE(is_burst_node("node-1"));
}

TEST(Match, SharedGpusAreUsedOnlyWhenAskedFor) {
  Offer slices = finnish_h100();
  slices.gpu.shared = true;
  ClaimRules claim;
  EXPECT_EQ(judge(claim, slices).rule, "wholeGPU");
  claim.allow_shared = true;
  EXPECT_TRUE(judge(claim, slices).fits());
  EXPECT_TRUE(judge(claim, finnish_h100()).fits());
}

}  // namespace market::match_test
