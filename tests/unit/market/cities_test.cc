#include "market/cities.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace market::cities_test {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Cities, TheTableIsSortedAndPlausible) {
  std::string before;
  for (const City& city : cities()) {
    SCOPED_TRACE(city.name);
    EXPECT_LT(before, city.name);
    EXPECT_TRUE(is_country(city.country));
    EXPECT_LE(std::abs(city.at.latitude_milli), 70'000);
    EXPECT_LE(std::abs(city.at.longitude_milli), 180'000);
    EXPECT_EQ(find_city(city.name), &city);
    for (const auto other : city.others) EXPECT_TRUE(other.empty() || find_city(other) == &city) << other;
    before = city.name;
  }
  EXPECT_GE(cities().size(), 150u);
}

TEST(Cities, HasACityOfEveryCountryOfTheEeaAndTheG20) {
  std::set<std::string_view> found;
  for (const City& city : cities()) found.insert(city.country);
  const auto wanted = resolve_countries({"EEA", "AR", "AU", "BR", "CA", "CN", "IN", "ID", "JP", "KR", "MX",
                                         "RU", "SA", "ZA", "TR", "GB", "US", "CH"});
  ASSERT_TRUE(wanted);
  for (const std::string& country : *wanted) EXPECT_TRUE(found.contains(country)) << country;
}

TEST(Cities, SpellingsDoNotMatter) {
  const std::pair<const char*, const char*> rows[] = {{"milan", "Milan"},
                                                      {"MILANO", "Milan"},
                                                      {"München", "Munich"},
                                                      {"munchen", "Munich"},
                                                      {"Sao-Paulo", "Sao Paulo"},
                                                      {"São Paulo", "Sao Paulo"},
                                                      {"Zürich", "Zurich"},
                                                      {"Gävle", "Gavle"},
                                                      {"KØBENHAVN", "Copenhagen"},
                                                      {"  new  york ", "New York"},
                                                      {"st ghislain", "St. Ghislain"},
                                                      {"Mäntsälä", "Mantsala"},
                                                      {"Göteborg", "Gothenburg"},
                                                      {"Málaga", "Malaga"},
                                                      {"MALMÖ", "Malmo"},
                                                      {"Atlantis", nullptr},
                                                      {"", nullptr},
                                                      {"\xC3", nullptr}};
  for (const auto& [typed, name] : rows) {
    const City* city = find_city(typed);
    ASSERT_EQ(city != nullptr, name != nullptr) << typed;
    EXPECT_EQ(city == nullptr ? "" : city->name, name == nullptr ? "" : name);
  }
}

TEST(Cities, NearSpellingsAreOffered) {
  EXPECT_THAT(cities_like("Helsinky"), ElementsAre("Helsinki"));
  EXPECT_THAT(cities_like("Franfurt"), ElementsAre("Frankfurt"));
  EXPECT_THAT(cities_like("san"), Contains("San Jose"));
  EXPECT_LE(cities_like("san").size(), 5u);
  EXPECT_THAT(cities_like("Xyzzyville"), IsEmpty());
  EXPECT_THAT(cities_like(""), IsEmpty());
}

TEST(Places, AreCitiesOrCoordinates) {
  const auto milan = parse_place("Milan");
  const auto numbers = parse_place("45.46, 9.19");
  ASSERT_TRUE(milan && numbers);
  EXPECT_EQ(distance_km(*milan, *numbers), 0);
  const auto south = parse_place("-33.87,151.21");
  ASSERT_TRUE(south);
  EXPECT_EQ(south->latitude_milli, -33'870);
}

TEST(Places, SayWhatIsWrong) {
  const auto typo = parse_place("Milann");
  ASSERT_FALSE(typo);
  EXPECT_THAT(typo.error().message, HasSubstr("\"Milann\" is not known; did you mean Milan"));
  EXPECT_THAT(typo.error().message, HasSubstr("LAT,LONG, such as 45.46,9.19"));
  const auto nowhere = parse_place("Xyzzyville");
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr(std::to_string(cities().size()) + " cities are known"));
  EXPECT_FALSE(parse_place("91,0"));
  EXPECT_FALSE(parse_place("45.46,"));
  EXPECT_FALSE(parse_place("1,2,3"));
  EXPECT_FALSE(parse_place(""));
}

}  // namespace market::cities_test
