#include "market/match_table.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "any_market.h"

namespace market::match_table_test {

Offer named(const std::string& name, const std::string& model) {
  Offer offer = finnish_h100();
  offer.name = name;
  offer.gpu.model = model;
  return offer;
}

ClaimRules wanting(std::vector<std::string> models) {
  ClaimRules claim;
  claim.models = std::move(models);
  return claim;
}

std::string names(const std::vector<const Offer*>& offers) {
  std::string out;
  for (const Offer* offer : offers) out += (out.empty() ? "" : " ") + offer->name;
  return out;
}

std::string sorted(MatchTable::Claims claims) {
  std::ranges::sort(claims);
  std::string out;
  for (const auto claim : claims) out += (out.empty() ? "" : " ") + std::string(claim);
  return out;
}

class Table : public testing::Test {
 protected:
  Table() {
    table.set_claim("any", {});
    table.set_claim("h", wanting({"H100"}));
    table.set_claim("ha", wanting({"H100", "A100", "H100"}));
    table.set_offer(named("x", "H100"));
    table.set_offer(named("y", "A100"));
  }
  MatchTable table;
};

TEST_F(Table, TellsWhatFits) {
  EXPECT_EQ(names(table.fitting("any")), "x y");
  EXPECT_EQ(names(table.fitting("h")), "x");
  EXPECT_EQ(names(table.fitting("nobody")), "");
  EXPECT_TRUE(table.fits("ha", "y"));
  EXPECT_FALSE(table.fits("h", "y"));
  EXPECT_FALSE(table.fits("h", "z"));
}

TEST_F(Table, TellsWhomAChangeTouches) {
  Offer x = named("x", "H100");
  x.free_blocks = {};
  EXPECT_EQ(sorted(table.set_offer(x)), "any h ha") << "less room matters to those it fits";
  x.gpu.model = "A100";
  EXPECT_EQ(sorted(table.set_offer(x)), "any h ha") << "h lost it";
  EXPECT_EQ(sorted(table.set_offer(x)), "any ha");
  x.price.reset();
  EXPECT_EQ(sorted(table.set_offer(x)), "any ha");
  EXPECT_EQ(sorted(table.set_offer(x)), "") << "it fits nobody";
  EXPECT_EQ(sorted(table.erase_offer("x")), "");
  EXPECT_EQ(sorted(table.erase_offer("y")), "any ha");
  EXPECT_EQ(sorted(table.erase_offer("y")), "");
}

TEST_F(Table, AModelNobodyKnowsGoesOnlyToClaimsThatNameNone) {
  table.set_claim("odd", wanting({"", "H100"}));
  EXPECT_EQ(sorted(table.set_offer(named("u", ""))), "any");
  EXPECT_EQ(sorted(table.set_offer(named("x", "H100"))), "any h ha odd");
}

TEST_F(Table, AClaimReplacedOrErasedIsForgotten) {
  table.set_claim("h", wanting({"A100"}));
  EXPECT_EQ(names(table.fitting("h")), "y");
  EXPECT_EQ(sorted(table.set_offer(named("x", "H100"))), "any ha");
  table.erase_claim("ha");
  table.erase_claim("ha");
  EXPECT_EQ(sorted(table.set_offer(named("x", "H100"))), "any");
  EXPECT_EQ(names(table.ranked("ha", 1)), "");
  EXPECT_EQ(table.claims(), 2u);
  EXPECT_EQ(table.offers(), 2u);
}

/// What is in the table, held apart from it.
struct World {
  std::map<std::string, ClaimRules> claims;
  std::map<std::string, Offer> offers;
  MatchTable table;

  using Fitting = std::set<std::string>;
  Fitting fitting(const std::string& offer) const {
    Fitting out;
    const auto found = offers.find(offer);
    if (found == offers.end()) return out;
    for (const auto& [key, rules] : claims) {
      if (judge(rules, found->second).fits()) out.insert(key);
    }
    return out;
  }
};

std::string one_of_few(char letter) {
  return std::string(1, letter) + std::to_string(*rc::gen::inRange(0, 6));
}

/// Takes over one fact of another offer.
using TakeOver = void (*)(Offer& offer, const Offer& other);
const TakeOver kFacts[] = {
    [](Offer& o, const Offer& other) { o.provider = other.provider; },
    [](Offer& o, const Offer& other) { o.country = other.country; },
    [](Offer& o, const Offer& other) { o.jurisdiction = other.jurisdiction; },
    [](Offer& o, const Offer& other) { o.certifications = other.certifications; },
    [](Offer& o, const Offer& other) { o.coordinates = other.coordinates; },
    [](Offer& o, const Offer& other) { o.gpu.model = other.gpu.model; },
    [](Offer& o, const Offer& other) { o.gpu.form = other.gpu.form; },
    [](Offer& o, const Offer& other) { o.gpu.memory_gib = other.gpu.memory_gib; },
    [](Offer& o, const Offer& other) { o.gpu.shared = other.gpu.shared; },
    [](Offer& o, const Offer& other) { o.capacity_type = other.capacity_type; },
    [](Offer& o, const Offer& other) { o.price = other.price; },
    [](Offer& o, const Offer& other) {
      if (o.price && other.price) o.price->currency = other.price->currency;
    },
    [](Offer& o, const Offer& other) { o.available = other.available; },
    [](Offer& o, const Offer& other) { o.free_blocks = other.free_blocks; },
};

/// The offer there is with one fact changed, or another.
Offer changed(const World& world, const std::string& name) {
  Offer fresh = any_offer();
  fresh.name = name;
  const auto found = world.offers.find(name);
  if (found == world.offers.end() || coin()) return fresh;
  Offer offer = found->second;
  (*rc::gen::elementOf(std::vector<TakeOver>(std::begin(kFacts), std::end(kFacts))))(offer, fresh);
  return offer;
}

void change_an_offer(World& world, bool erase) {
  const std::string name = one_of_few('o');
  World::Fitting expected = world.fitting(name);
  MatchTable::Claims told;
  if (erase) {
    world.offers.erase(name);
    told = world.table.erase_offer(name);
  } else {
    world.offers[name] = changed(world, name);
    told = world.table.set_offer(world.offers[name]);
    expected.merge(world.fitting(name));
  }
  RC_ASSERT(told.size() == expected.size());
  RC_ASSERT(World::Fitting(told.begin(), told.end()) == expected);
}

void change_something(World& world) {
  switch (*rc::gen::inRange(0, 8)) {
    case 0: {
      const std::string key = one_of_few('c');
      world.claims.erase(key);
      world.table.erase_claim(key);
      break;
    }
    case 1:
    case 2: {
      const std::string key = one_of_few('c');
      world.claims[key] = any_claim();
      world.table.set_claim(key, world.claims[key]);
      break;
    }
    default:
      change_an_offer(world, seldom());
  }
}

void check_all(const World& world) {
  std::vector<const Offer*> all;
  for (const auto& [name, offer] : world.offers) all.push_back(&offer);
  RC_ASSERT(world.table.claims() == world.claims.size());
  RC_ASSERT(world.table.offers() == world.offers.size());
  for (const auto& [key, rules] : world.claims) {
    const std::int64_t gpus = *rc::gen::inRange(1, 9);
    RC_ASSERT(names(world.table.ranked(key, gpus)) == names(rank(rules, all, gpus)));
    for (const Offer* offer : all) {
      RC_ASSERT(world.table.fits(key, offer->name) == judge(rules, *offer).fits());
    }
  }
}

TEST(MatchTableProperty, AnOfferIsJudgedAgainWhateverFactChanges) {
  for (const Tightening& tightening : all_tightenings()) {
    EXPECT_TRUE(rc::check(std::string(tightening.rule), [&] {
      // One rule alone, so that what changes decides.
      ClaimRules claim;
      claim.capacity_types = {CapacityType::kOnDemand, CapacityType::kSpot};
      claim.rates = {{"USD", 1'000'000}, {"EUR", 1'100'000}, {"JPY", 6'500}};
      tightening.tighten(claim);
      const Offer other = any_offer();
      for (const TakeOver fact : kFacts) {
        MatchTable table;
        table.set_claim("c", claim);
        Offer offer = finnish_h100();
        table.set_offer(offer);
        fact(offer, other);
        table.set_offer(offer);
        RC_ASSERT(table.fits("c", offer.name) == fits(claim, offer));
      }
    }));
  }
}

TEST(MatchTableProperty, TellsWhatJudgeAndRankTellAfterAnyChanges) {
  EXPECT_TRUE(rc::check([] {
    World world;
    for (int i = 0; i < 25; ++i) {
      change_something(world);
      if (i % 3 == 0) check_all(world);
    }
    check_all(world);
  }));
}

}  // namespace market::match_table_test
