#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace market {

/// A set of ISO 3166-1 alpha-2 codes in upper case.
using Countries = std::set<std::string, std::less<>>;

/// True for an assigned ISO 3166-1 alpha-2 code in upper case.
bool is_country(std::string_view code);
/// Resolves codes and the groups EU and EEA. Invalid names the first unknown entry and, where there is one,
/// the likely fix ("UK": use GB).
base::Result<Countries> resolve_countries(const std::vector<std::string>& entries);

/// Degrees, in thousandths of a degree.
struct Coordinates {
  std::int32_t latitude_milli = 0;
  std::int32_t longitude_milli = 0;
};
/// Parses "60.17" and "24.94"; Invalid outside -90..90 and -180..180.
base::Result<Coordinates> parse_coordinates(std::string_view latitude, std::string_view longitude);
/// Great-circle distance in whole kilometres.
std::int64_t distance_km(Coordinates a, Coordinates b);

}  // namespace market
