#include "market/place.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <utility>

namespace market {
namespace {

/// Every assigned code of ISO 3166-1 alpha-2, each followed by a blank.
constexpr std::string_view kCountries =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS "
    "BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE "
    "EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM "
    "HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC "
    "LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA "
    "NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW "
    "SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO "
    "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW ";
static_assert(kCountries.size() == 249 * 3);

/// Member states of the European Union, and the three more of the European Economic Area.
constexpr std::string_view kEu =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK ";
static_assert(kEu.size() == 27 * 3);
constexpr std::string_view kEeaOnly = "IS LI NO ";

/// Common spellings and the codes they mean.
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kMends{{
    {"UK", "GB"},
    {"EN", "GB"},
    {"EL", "GR"},
    {"USA", "US"},
    {"GER", "DE"},
    {"DEU", "DE"},
    {"GBR", "GB"},
    {"FRA", "FR"},
    {"FIN", "FI"},
    {"SWE", "SE"},
    {"NLD", "NL"},
    {"JPN", "JP"},
    {"EUROPE", "EU"},
    {"EUU", "EU"},
    {"EFTA", "EEA"},
    {"JAP", "JP"},
}};

bool contains_code(std::string_view list, std::string_view code) {
  for (std::size_t at = 0; at + 3 <= list.size(); at += 3) {
    if (list.substr(at, 2) == code) return true;
  }
  return false;
}

void add_codes(Countries& out, std::string_view list) {
  for (std::size_t at = 0; at + 3 <= list.size(); at += 3) out.emplace(list.substr(at, 2));
}

bool is_group(std::string_view entry) { return entry == "EU" || entry == "EEA"; }

/// What an unknown entry may have meant, "" when we cannot tell.
std::string mend(std::string_view entry) {
  std::string upper(entry);
  for (char& c : upper) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const auto* found = std::ranges::find(kMends, upper, &decltype(kMends)::value_type::first);
  if (found != kMends.end()) return std::string(found->second);
  return is_country(upper) || is_group(upper) ? upper : "";
}

/// "-12.3456" in thousandths, rounded to the nearest; nullopt when it is not a number of degrees up to
/// `limit`.
std::optional<std::int32_t> parse_degrees(std::string_view text, std::int32_t limit) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.size() <= 15 &&
           part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (!digits(whole) || whole.size() > 3 || !digits(fraction)) return std::nullopt;
  std::int32_t milli = 0;
  for (const char c : whole) milli = milli * 10 + (c - '0');
  for (std::size_t i = 0; i < 3; ++i) milli = milli * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  if (fraction.size() > 3 && fraction[3] >= '5') ++milli;
  if (milli > limit * 1000) return std::nullopt;
  return negative ? -milli : milli;
}

}  // namespace

bool is_country(std::string_view code) { return code.size() == 2 && contains_code(kCountries, code); }

base::Result<Countries> resolve_countries(const std::vector<std::string>& entries) {
  Countries out;
  for (const std::string& entry : entries) {
    if (is_country(entry)) {
      out.insert(entry);
    } else if (is_group(entry)) {
      add_codes(out, kEu);
      if (entry == "EEA") add_codes(out, kEeaOnly);
    } else {
      const std::string meant = mend(entry);
      return base::fail(base::Code::kInvalid,
                        "\"" + entry.substr(0, 40) + "\" is not an ISO 3166 country code" +
                            (meant.empty() ? " (two capital letters, or the groups EU and EEA)"
                                           : "; did you mean " + meant + "?"));
    }
  }
  return out;
}

base::Result<Coordinates> parse_coordinates(std::string_view latitude, std::string_view longitude) {
  const auto lat = parse_degrees(latitude, 90);
  if (!lat) {
    return base::fail(base::Code::kInvalid,
                      "latitude \"" + std::string(latitude.substr(0, 40)) +
                          "\" is not a number of degrees from -90 to 90, such as \"60.17\"");
  }
  const auto lon = parse_degrees(longitude, 180);
  if (!lon) {
    return base::fail(base::Code::kInvalid,
                      "longitude \"" + std::string(longitude.substr(0, 40)) +
                          "\" is not a number of degrees from -180 to 180, such as \"24.94\"");
  }
  return Coordinates{*lat, *lon};
}

std::int64_t distance_km(Coordinates a, Coordinates b) {
  constexpr double kEarthRadiusKm = 6371.0088;
  constexpr double kRadians = std::numbers::pi / 180'000.0;
  const double lat_a = a.latitude_milli * kRadians;
  const double lat_b = b.latitude_milli * kRadians;
  const double sin_lat = std::sin((lat_b - lat_a) / 2);
  const double sin_lon = std::sin((b.longitude_milli - a.longitude_milli) * kRadians / 2);
  const double h = sin_lat * sin_lat + std::cos(lat_a) * std::cos(lat_b) * sin_lon * sin_lon;
  return std::llround(2 * kEarthRadiusKm * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0))));
}

}  // namespace market
