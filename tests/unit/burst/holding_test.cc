#include "burst/holding.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace burst::holding_test {

struct HoldingCase {
  std::string name;
  int attempt;
  bool released;
  bool placed;
  bool ended;
  // What each predicate says.
  bool unreleased;
  bool may_hold;
  bool being_placed;
  bool holds;
  bool waits;
};

TEST(Holding, OneTableForAllPredicates) {
  constexpr base::Time kThen{};
  const std::vector<HoldingCase> cases = {
      // name                    n  rel    placed ended    unrel  may    being  holds  waits
      {"requested", 0, false, false, false, false, false, false, false, true},
      {"obtaining", 1, false, false, false, true, true, true, false, false},
      {"placed", 1, false, true, false, true, true, false, true, false},
      {"given up, waits for the next", 1, true, false, false, false, false, false, false, true},
      {"the next after one given up", 2, false, false, false, true, true, true, false, false},
      {"ended while placed", 1, false, true, true, true, false, false, false, false},
      {"ended while obtaining", 1, false, false, true, true, false, false, false, false},
      {"ended after it was given up", 1, true, false, true, false, false, false, false, false},
      {"ended without an attempt", 0, false, false, true, false, false, false, false, false},
  };
  for (const HoldingCase& c : cases) {
    SCOPED_TRACE(c.name);
    Burst b;
    b.attempt.number = c.attempt;
    b.attempt.released = c.released;
    if (c.placed) b.placed_at = kThen;
    if (c.ended) b.ended_at = kThen;
    EXPECT_EQ(has_unreleased_attempt(b), c.unreleased);
    EXPECT_EQ(may_hold_gpus(b), c.may_hold);
    EXPECT_EQ(is_being_placed(b), c.being_placed);
    EXPECT_EQ(holds_placed_gpus(b), c.holds);
    EXPECT_EQ(waits_for_attempt(b), c.waits);
  }
}

}  // namespace burst::holding_test
