#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "market/match.h"
#include "offers.h"

namespace market {
namespace {

template <typename T>
T any_of(std::initializer_list<T> values) {
  return *rc::gen::elementOf(std::vector<T>(values));
}
bool coin() { return *rc::gen::arbitrary<bool>(); }

/// An offer of which each fact may be unknown.
Offer any_offer() {
  Offer offer = finnish_h100();
  offer.provider = any_of<std::string>({"eu", "us", "jp"});
  offer.country = any_of<std::string>({"", "FI", "US", "JP"});
  offer.jurisdiction = any_of<std::string>({"", "NL", "US", "JP"});
  if (coin()) offer.certifications.clear();
  if (coin()) offer.coordinates.reset();
  offer.gpu.model = any_of<std::string>({"", "H100", "A100", "L40S"});
  offer.gpu.form = any_of<std::string>({"", "SXM", "PCIe"});
  offer.gpu.memory_gib = any_of<std::int64_t>({0, 40, 48, 80});
  offer.gpu.shared = any_of({false, false, false, true});
  offer.capacity_type = any_of({CapacityType::kOnDemand, CapacityType::kSpot});
  if (any_of({0, 0, 0, 1}) == 1) {
    offer.price.reset();
  } else {
    offer.price = Price{{*rc::gen::inRange<std::int64_t>(0, 5'000'000)}, any_of<std::string>({"USD", "EUR"})};
  }
  return offer;
}

/// Adds one more rule, or makes one stricter; its number says which.
constexpr int kTightenings = 10;
void tighten(ClaimRules& claim, int which) {
  switch (which) {
    case 0:
      claim.deny_providers.push_back(any_of<std::string>({"eu", "us"}));
      break;
    case 1:
      if (claim.countries.empty())
        claim.countries = {"FI", "US"};
      else
        claim.countries.erase("US");
      break;
    case 2:
      if (claim.operator_jurisdictions.empty()) claim.operator_jurisdictions = {"NL", "JP"};
      break;
    case 3:
      claim.exclude_jurisdictions.insert(any_of<std::string>({"US", "JP"}));
      break;
    case 4:
      claim.certifications.push_back(any_of<std::string>({"ISO27001", "C5"}));
      break;
    case 5:
      if (claim.models.empty()) claim.models = {"H100", "A100"};
      break;
    case 6:
      claim.min_memory_gib += 40;
      break;
    case 7:
      if (claim.interconnect.empty()) claim.interconnect = any_of<std::string>({"NVLink", "PCIe"});
      break;
    case 8: {
      const Money cap{*rc::gen::inRange<std::int64_t>(0, 5'000'000)};
      claim.max_per_gpu_hour = claim.max_per_gpu_hour ? std::min(*claim.max_per_gpu_hour, cap) : cap;
      break;
    }
    default:
      if (!claim.near) claim.near = Coordinates{60'170, 24'940};
      claim.max_distance_km =
          claim.max_distance_km == 0 ? 500 : std::max<std::int64_t>(claim.max_distance_km / 2, 1);
  }
}

ClaimRules any_claim() {
  ClaimRules claim;
  if (coin()) claim.capacity_types = {CapacityType::kOnDemand, CapacityType::kSpot};
  const int rules = *rc::gen::inRange(0, 4);
  for (int i = 0; i < rules; ++i) tighten(claim, *rc::gen::inRange(0, kTightenings));
  return claim;
}

TEST(MatchProperty, TighteningNeverAddsAnOffer) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    const ClaimRules claim = any_claim();
    ClaimRules tighter = claim;
    tighten(tighter, *rc::gen::inRange(0, kTightenings));
    if (judge(tighter, offer).fits()) RC_ASSERT(judge(claim, offer).fits());
  }));
}

TEST(MatchProperty, RaisingThePriceCapNeverRemovesAnOffer) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    ClaimRules claim = any_claim();
    claim.max_per_gpu_hour = Money{*rc::gen::inRange<std::int64_t>(0, 5'000'000)};
    ClaimRules higher = claim;
    higher.max_per_gpu_hour->micros += *rc::gen::inRange<std::int64_t>(0, 5'000'000);
    if (judge(claim, offer).fits()) RC_ASSERT(judge(higher, offer).fits());
  }));
}

TEST(MatchProperty, UnknownNeverPassesARequiredRule) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    const ClaimRules claim = any_claim();
    if (!judge(claim, offer).fits()) return;
    RC_ASSERT(offer.price.has_value());
    RC_ASSERT(!offer.gpu.shared);
    if (!claim.countries.empty()) RC_ASSERT(claim.countries.contains(offer.country));
    if (!claim.operator_jurisdictions.empty())
      RC_ASSERT(claim.operator_jurisdictions.contains(offer.jurisdiction));
    if (!claim.exclude_jurisdictions.empty())
      RC_ASSERT(!offer.jurisdiction.empty() && !offer.country.empty());
    if (!claim.models.empty()) RC_ASSERT(!offer.gpu.model.empty());
    if (claim.min_memory_gib > 0) RC_ASSERT(offer.gpu.memory_gib >= claim.min_memory_gib);
    if (!claim.interconnect.empty()) RC_ASSERT(!offer.gpu.form.empty());
    if (claim.max_distance_km > 0) RC_ASSERT(offer.coordinates.has_value());
  }));
}

TEST(MatchProperty, ForgettingAFactNeverAddsAnOffer) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    const ClaimRules claim = any_claim();
    Offer forgot = offer;
    switch (*rc::gen::inRange(0, 7)) {
      case 0:
        forgot.country.clear();
        break;
      case 1:
        forgot.jurisdiction.clear();
        break;
      case 2:
        forgot.certifications.clear();
        break;
      case 3:
        forgot.coordinates.reset();
        break;
      case 4:
        forgot.gpu.model.clear();
        break;
      case 5:
        forgot.gpu.memory_gib = 0;
        break;
      default:
        forgot.price.reset();
    }
    if (judge(claim, forgot).fits()) RC_ASSERT(judge(claim, offer).fits());
  }));
}

TEST(MatchProperty, RankHasExactlyTheFittingAvailableOffersInAStableOrder) {
  EXPECT_TRUE(rc::check([] {
    const ClaimRules claim = any_claim();
    std::vector<Offer> offers;
    for (int i = 0; i < 6; ++i) {
      offers.push_back(any_offer());
      offers.back().name = "o" + std::to_string(i);
      offers.back().available = coin();
      if (coin()) offers.back().free_blocks = {};
    }
    std::vector<const Offer*> forward;
    std::vector<const Offer*> backward;
    std::size_t fitting = 0;
    for (const Offer& offer : offers) {
      forward.push_back(&offer);
      backward.insert(backward.begin(), &offer);
      fitting += offer.available && judge(claim, offer).fits() ? 1 : 0;
    }
    const auto ranked = rank(claim, forward, 1);
    RC_ASSERT(ranked == rank(claim, backward, 1));
    RC_ASSERT(ranked.size() == fitting);
    for (std::size_t i = 1; i < ranked.size(); ++i) {
      if (has_room(*ranked[i], 1)) RC_ASSERT(has_room(*ranked[i - 1], 1));
    }
  }));
}

}  // namespace
}  // namespace market
