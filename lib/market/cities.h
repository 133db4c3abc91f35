#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "market/place.h"

namespace market {

/// A well-known city: what people type instead of coordinates. Its centre, to about two kilometres.
struct City {
  std::string_view name;     ///< in English, ASCII
  std::string_view country;  ///< ISO 3166-1 alpha-2
  Coordinates at;
  /// Other spellings, in their own language or without a suffix. "" ends the list.
  std::array<std::string_view, 2> others = {};
};

/// All cities, by name. Capitals of the EU, the EEA and the G20, seats of data centres, and large cities.
std::span<const City> cities();

/// The city called `name`, whatever its case, accents and hyphens ("milan", "MÜNCHEN", "Sao-Paulo"); nullptr
/// when it is not in the table.
const City* find_city(std::string_view name);

/// The names of the cities whose spelling is nearest to `name`, at most five, best first; empty when none
/// is near.
std::vector<std::string> cities_like(std::string_view name);

/// A place as people type it: the name of a city, or "LAT,LONG" in decimal degrees ("45.46,9.19"). Invalid
/// with the nearest names and the other way to write a place.
base::Result<Coordinates> parse_place(std::string_view text);

}  // namespace market
