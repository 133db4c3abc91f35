#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/offers/flags.h"
#include "cli/offers/search.h"
#include "offers.h"

namespace cli::offer_search_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAre;

std::vector<std::string> found_with(const OfferFlags& flags) {
  const auto checked = check_offer_flags(flags);
  if (!checked) return {checked.error().message};
  const auto offers = market_offers();
  std::vector<std::string> out;
  for (const FoundOffer& found : search(checked->query, offers).found) out.push_back(found.offer->provider);
  return out;
}

std::string mistake_in(const OfferFlags& flags) {
  const auto checked = check_offer_flags(flags);
  return checked ? "" : checked.error().message;
}

TEST(OfferSearch, WithoutFlagsShowsAllThatCanBeUsedWhateverItsPrice) {
  EXPECT_THAT(found_with({}), ElementsAre("beta", "alpha", "gamma", "delta"));
  EXPECT_THAT(found_with({.all = true}), ElementsAre("beta", "alpha", "alpha", "gamma", "delta"));
}

TEST(OfferSearch, EachFlagIsARuleAndUnknownFails) {
  EXPECT_THAT(found_with({.gpus = {"h100"}}), ElementsAre("beta", "alpha", "delta"));
  EXPECT_THAT(found_with({.gpus = {"H200", "B200"}}), ElementsAre("gamma"));
  EXPECT_THAT(found_with({.min_memory_gib = 100}), ElementsAre("gamma"));
  EXPECT_THAT(found_with({.countries = {"IT", "FR"}}), ElementsAre("beta", "alpha"));
  EXPECT_THAT(found_with({.countries = {"EEA"}}), ElementsAre("beta", "alpha", "gamma"));
  EXPECT_THAT(found_with({.jurisdictions = {"EU"}}), ElementsAre("alpha"));
  EXPECT_THAT(found_with({.exclude_jurisdictions = {"US"}}), ElementsAre("alpha", "gamma"));
  EXPECT_THAT(found_with({.certifications = {"SOC2", "ISO27001"}}), ElementsAre("alpha", "gamma"));
  EXPECT_THAT(found_with({.capacity_types = {"Spot"}}), ElementsAre("beta"));
  EXPECT_THAT(found_with({.providers = {"gamma", "delta"}}), ElementsAre("gamma", "delta"));
  EXPECT_THAT(found_with({.near = "Milan", .max_distance_km = 700}), ElementsAre("beta", "alpha"));
  EXPECT_THAT(found_with({.near = "45.46,9.19", .max_distance_km = 1}), ElementsAre("alpha"));
}

TEST(OfferSearch, AllRulesAtOnce) {
  EXPECT_THAT(found_with({.gpus = {"H100"},
                          .min_free = 8,
                          .countries = {"IT", "FR"},
                          .near = "milano",
                          .max_price = "3.00",
                          .sort = OfferSort::kPrice}),
              ElementsAre("alpha"));
}

TEST(OfferSearch, MinFreeIsOnOneNodeUpToEight) {
  EXPECT_THAT(found_with({.min_free = 4}), ElementsAre("beta", "alpha", "gamma", "delta"));
  EXPECT_THAT(found_with({.min_free = 6}),
              ElementsAre("alpha", "gamma", "delta"));  // beta: 6 free, but scattered
  EXPECT_THAT(found_with({.min_free = 16}), ElementsAre("alpha", "gamma"));
  EXPECT_THAT(found_with({.min_free = 21}), IsEmpty());
}

TEST(OfferSearch, APriceCapComparesOnePrice) {
  EXPECT_THAT(found_with({.max_price = "2.95"}), ElementsAre("beta", "alpha"));
  EXPECT_THAT(found_with({.max_price = "2.949999"}), ElementsAre("beta"));
  EXPECT_THAT(found_with({.max_price = "9", .currency = "EUR"}), ElementsAre("gamma"));
  EXPECT_THAT(found_with({.currency = "EUR"}), ElementsAre("gamma"));
}

TEST(OfferSearch, Sorts) {
  EXPECT_THAT(found_with({.sort = OfferSort::kFree}), ElementsAre("alpha", "gamma", "delta", "beta"));
  EXPECT_THAT(found_with({.sort = OfferSort::kName}), ElementsAre("alpha", "beta", "delta", "gamma"));
  EXPECT_THAT(found_with({.near = "Oslo", .sort = OfferSort::kDistance}),
              ElementsAre("gamma", "beta", "alpha", "delta"));
}

TEST(OfferSearch, CountsWhatKeptOffersOut) {
  const auto checked = check_offer_flags({.min_free = 8, .countries = {"EU"}, .max_price = "2.00"});
  ASSERT_TRUE(checked);
  const auto offers = market_offers();
  const auto result = search(checked->query, offers);
  EXPECT_THAT(result.found, IsEmpty());
  EXPECT_THAT(result.stopped,
              UnorderedElementsAre(Pair("country", 3), Pair("priceCap", 1), Pair("minFree", 1)));
}

TEST(OfferSearch, SharedGpusAreHidden) {
  auto offers = market_offers();
  offers[0].gpu.shared = true;
  const auto result = search({}, offers);
  EXPECT_EQ(result.hidden, 2u);
  EXPECT_EQ(search({.all = true}, offers).hidden, 0u);
}

TEST(OfferFlags, MistakesNameTheFlagAndTheMend) {
  EXPECT_THAT(mistake_in({.gpus = {"H1000"}}),
              HasSubstr("--gpu: \"H1000\" is not a GPU model; known are V100, T4"));
  EXPECT_THAT(mistake_in({.countries = {"IT", "UK"}}), HasSubstr("--country: \"UK\""));
  EXPECT_THAT(mistake_in({.countries = {"UK"}}), HasSubstr("did you mean GB?"));
  EXPECT_THAT(mistake_in({.exclude_jurisdictions = {"usa"}}), HasSubstr("did you mean US?"));
  EXPECT_THAT(mistake_in({.jurisdictions = {"Mars"}}), HasSubstr("--jurisdiction: "));
  EXPECT_THAT(mistake_in({.capacity_types = {"spot"}}), HasSubstr("OnDemand, Spot, Reserved"));
  EXPECT_THAT(mistake_in({.near = "Milann"}),
              HasSubstr("--near: the city \"Milann\" is not known; did you mean Milan"));
  EXPECT_THAT(mistake_in({.near = "91,0"}), HasSubstr("--near: latitude"));
  EXPECT_THAT(mistake_in({.max_distance_km = 5}), HasSubstr("--max-distance: needs --near"));
  EXPECT_THAT(mistake_in({.sort = OfferSort::kDistance}), HasSubstr("needs --near"));
  EXPECT_THAT(mistake_in({.max_price = "1,50"}), HasSubstr("--max-price: \"1,50\""));
  EXPECT_THAT(mistake_in({.currency = "usd"}), HasSubstr("three capital letters"));
}

TEST(OfferFlags, SayWhereASpellingMeansMore) {
  const auto sized = check_offer_flags({.gpus = {"A100-80GB"}});
  const auto formed = check_offer_flags({.gpus = {"H100-PCIe"}});
  const auto plain = check_offer_flags({.gpus = {"h200"}});
  ASSERT_TRUE(sized && formed && plain);
  EXPECT_THAT(sized->notes, ElementsAre(HasSubstr("add --min-memory 80")));
  EXPECT_EQ(formed->notes.size(), 1u);
  EXPECT_THAT(plain->notes, IsEmpty());
}

}  // namespace cli::offer_search_test
