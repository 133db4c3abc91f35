#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

#include "any_market.h"
#include "market/match.h"

namespace market::match_property_test {

const Rule& rule_named(std::string_view name) {
  const auto rules = hard_rules();
  const auto found = std::ranges::find(rules, name, &Rule::name);
  if (found == rules.end()) throw std::logic_error("there is no rule " + std::string(name));
  return *found;
}

TEST(MatchProperty, EveryRuleOfAClaimCanBeTightenedHere) {
  std::set<std::string_view> tightened{"wholeGPU", "priceKnown"};  // a claim cannot tighten these
  for (const Tightening& t : all_tightenings()) tightened.insert(rule_named(t.rule).name);
  for (const Rule& rule : hard_rules()) EXPECT_TRUE(tightened.contains(rule.name)) << rule.name;
}

TEST(MatchProperty, TighteningAnyRuleNeverAddsAnOffer) {
  for (const Tightening& tightening : all_tightenings()) {
    EXPECT_TRUE(rc::check(std::string(tightening.rule), [&] {
      const Offer offer = any_offer();
      const ClaimRules claim = any_claim();
      ClaimRules tighter = claim;
      tightening.tighten(tighter);
      // Each rule by itself, so that a failing one before it hides nothing.
      for (const Rule& rule : hard_rules()) {
        if (rule.holds(tighter, offer)) RC_ASSERT(rule.holds(claim, offer));
      }
      if (fits(tighter, offer)) RC_ASSERT(fits(claim, offer));
    }));
  }
}

TEST(MatchProperty, RaisingThePriceCapNeverRemovesAnOffer) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    ClaimRules claim = any_claim();
    claim.max_per_gpu_hour = any_price();
    ClaimRules higher = claim;
    *higher.max_per_gpu_hour = *higher.max_per_gpu_hour + any_price();
    ClaimRules without = claim;
    without.max_per_gpu_hour.reset();
    for (const Rule& rule : hard_rules()) {
      if (!rule.holds(claim, offer)) continue;
      RC_ASSERT(rule.holds(higher, offer));
      RC_ASSERT(rule.holds(without, offer));
    }
  }));
}

/// A rule that needs a fact, and when a claim asks for it.
struct Need {
  std::string_view fact;
  std::string_view rule;
  bool (*asked)(const ClaimRules& claim);
};
const Need kNeeds[] = {
    {"provider", "provider",
     [](const ClaimRules& c) { return !c.allow_providers.empty() || !c.deny_providers.empty(); }},
    {"country", "country", [](const ClaimRules& c) { return !c.countries.empty(); }},
    {"country", "excludedJurisdiction", [](const ClaimRules& c) { return !c.exclude_jurisdictions.empty(); }},
    {"jurisdiction", "operatorJurisdiction",
     [](const ClaimRules& c) { return !c.operator_jurisdictions.empty(); }},
    {"jurisdiction", "excludedJurisdiction",
     [](const ClaimRules& c) { return !c.exclude_jurisdictions.empty(); }},
    {"certifications", "certification", [](const ClaimRules& c) { return !c.certifications.empty(); }},
    {"coordinates", "distance", [](const ClaimRules& c) { return c.max_distance_km > 0; }},
    {"model", "model", [](const ClaimRules& c) { return !c.models.empty(); }},
    {"form", "interconnect", [](const ClaimRules& c) { return !c.interconnect.empty(); }},
    {"memory", "memory", [](const ClaimRules& c) { return c.min_memory_gib > 0; }},
    {"price", "priceKnown", [](const ClaimRules&) { return true; }},
    {"price", "priceCap", [](const ClaimRules& c) { return c.max_per_gpu_hour.has_value(); }},
    {"currency", "currency", [](const ClaimRules&) { return true; }},
    {"currency", "priceCap", [](const ClaimRules& c) { return c.max_per_gpu_hour.has_value(); }},
};

TEST(MatchProperty, EveryFactIsNeededByARule) {
  for (const Forget& fact : all_facts()) {
    EXPECT_TRUE(std::ranges::any_of(kNeeds, [&](const Need& need) { return need.fact == fact.fact; }))
        << fact.fact;
  }
}

TEST(MatchProperty, UnknownNeverPassesARequiredRule) {
  for (const Need& need : kNeeds) {
    const auto& forget = std::ranges::find(all_facts(), need.fact, &Forget::fact)->forget;
    EXPECT_TRUE(rc::check(std::string(need.fact) + ", " + std::string(need.rule), [&] {
      Offer offer = any_offer();
      if (!offer.price) offer.price = Price{};
      // All cards of these models are joined by NVLink, whatever their form is called.
      if (need.fact == "form" && offer.gpu.model == "GB200") offer.gpu.model = "H100";
      forget(offer);
      ClaimRules claim = any_claim();
      for (const Tightening& t : all_tightenings()) {
        if (t.rule == need.rule) t.tighten(claim);
      }
      RC_ASSERT(need.asked(claim));
      RC_ASSERT(!rule_named(need.rule).holds(claim, offer));
      RC_ASSERT(!fits(claim, offer));
    }));
  }
}

TEST(MatchProperty, ForgettingAFactNeverAddsAnOffer) {
  for (const Forget& fact : all_facts()) {
    EXPECT_TRUE(rc::check(std::string(fact.fact), [&] {
      const Offer offer = any_offer();
      const ClaimRules claim = any_claim();
      Offer forgot = offer;
      fact.forget(forgot);
      if (fits(claim, forgot)) RC_ASSERT(fits(claim, offer));
    }));
  }
}

TEST(MatchProperty, JudgeAndExplainTellWhatFitsDecides) {
  EXPECT_TRUE(rc::check([] {
    const Offer offer = any_offer();
    const ClaimRules claim = any_claim();
    const auto failing = explain(claim, offer);
    const Verdict first = judge(claim, offer);
    RC_ASSERT(fits(claim, offer) == failing.empty());
    RC_ASSERT(first.fits() == failing.empty());
    RC_ASSERT(first.rule == (failing.empty() ? std::string_view() : failing.front().rule));
    RC_ASSERT(first.reason == (failing.empty() ? std::string() : failing.front().reason));
    for (const Verdict& verdict : failing) {
      RC_ASSERT(!rule_named(verdict.rule).holds(claim, offer));
      RC_ASSERT(!verdict.reason.empty());
    }
  }));
}

TEST(MatchProperty, RankHasExactlyTheFittingAvailableOffersInAStableOrder) {
  EXPECT_TRUE(rc::check([] {
    const ClaimRules claim = any_claim();
    std::vector<Offer> offers;
    for (int i = 0; i < 6; ++i) {
      offers.push_back(any_offer());
      offers.back().name = "o" + std::to_string(i);
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
    const Score& weightiest = soft_scores(claim.strategy).front();
    for (std::size_t i = 1; i < ranked.size(); ++i) {
      RC_ASSERT(weightiest.of(claim, *ranked[i - 1], 1) <= weightiest.of(claim, *ranked[i], 1));
      if (has_room(*ranked[i], 1)) RC_ASSERT(has_room(*ranked[i - 1], 1));
    }
  }));
}

}  // namespace market::match_property_test
