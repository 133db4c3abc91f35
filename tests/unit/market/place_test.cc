#include "market/place.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace market::place_test {

TEST(Countries, KnowsTheWholeList) {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += is_country(std::string{a, b}) ? 1 : 0;
  }
  EXPECT_EQ(count, 249);
  for (const char* code : {"FI", "US", "GB", "TW", "XX", "UK", "EU", "fi", "", "F", "FIN", "I "}) {
    const std::string text = code;
    EXPECT_EQ(is_country(text), text == "FI" || text == "US" || text == "GB" || text == "TW") << text;
  }
}

TEST(Countries, ResolvesGroups) {
  const auto eu = resolve_countries({"EU"});
  const auto eea = resolve_countries({"EEA", "CH"});
  ASSERT_TRUE(eu && eea);
  EXPECT_EQ(eu->size(), 27u);
  EXPECT_EQ(eea->size(), 31u);
  EXPECT_FALSE(eu->contains("GB"));
  EXPECT_FALSE(eu->contains("NO"));
  EXPECT_TRUE(eea->contains("NO"));
  for (const std::string& code : *eea) EXPECT_TRUE(is_country(code)) << code;
}

TEST(Countries, NamesTheMend) {
  const std::pair<const char*, const char*> cases[] = {
      {"UK", "did you mean GB?"},  {"EL", "did you mean GR?"}, {"fi", "did you mean FI?"},
      {"USA", "did you mean US?"}, {"eu", "did you mean EU?"}, {"XX", "two capital letters"},
      {"", "two capital letters"}};
  for (const auto& [entry, mend] : cases) {
    const auto result = resolve_countries({"FI", entry});
    ASSERT_FALSE(result) << entry;
    EXPECT_NE(result.error().message.find(mend), std::string::npos) << result.error().message;
  }
}

TEST(Coordinates, Parse) {
  const auto helsinki = parse_coordinates("60.17", "24.94");
  ASSERT_TRUE(helsinki);
  EXPECT_EQ(helsinki->latitude_milli, 60'170);
  EXPECT_EQ(helsinki->longitude_milli, 24'940);
  EXPECT_EQ(parse_coordinates("-33.8688", "151.2093")->latitude_milli, -33'869);
  EXPECT_EQ(parse_coordinates("90", "-180")->longitude_milli, -180'000);
  for (const char* bad : {"", "-", "91", "90.001", "1,5", "N60", "1e1", "+1", "60.", ".5", "--1", "nan"}) {
    EXPECT_FALSE(parse_coordinates(bad, "0")) << bad;
  }
  EXPECT_FALSE(parse_coordinates("0", "180.001"));
}

TEST(Distance, IsThatOfTheGlobe) {
  const Coordinates helsinki{60'170, 24'940};
  const Coordinates stockholm{59'330, 18'070};
  const Coordinates new_york{40'713, -74'006};
  EXPECT_NEAR(static_cast<double>(distance_km(helsinki, stockholm)), 396, 3);
  EXPECT_NEAR(static_cast<double>(distance_km(helsinki, new_york)), 6610, 20);
  EXPECT_EQ(distance_km({0, -179'000}, {0, 179'000}), distance_km({0, -1'000}, {0, 1'000}));
  EXPECT_NEAR(static_cast<double>(distance_km({90'000, 0}, {-90'000, 0})), 20015, 2);
}

TEST(Distance, IsSymmetricAndZeroAtHome) {
  EXPECT_TRUE(rc::check([] {
    const auto place = [] {
      return Coordinates{*rc::gen::inRange(-90'000, 90'001), *rc::gen::inRange(-180'000, 180'001)};
    };
    const Coordinates a = place();
    const Coordinates b = place();
    RC_ASSERT(distance_km(a, b) == distance_km(b, a));
    RC_ASSERT(distance_km(a, a) == 0);
    RC_ASSERT(distance_km(a, b) <= 20'016);
  }));
}

}  // namespace market::place_test
