#include "market/cities.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>

#include "market/cities_table.h"

namespace market {
namespace {

constexpr std::size_t kLongestName = 60;
constexpr std::size_t kSuggestions = 5;

/// The plain letter for a code point of Latin-1 or Latin Extended-A;
/// '\0' for all others.
char base_letter(std::uint32_t code) {
  // U+00C0 to U+00FF, then U+0100 to U+017F. '?' stands for a character that is not an accented letter.
  constexpr std::string_view kLatin1 = "aaaaaaaceeeeiiiidnooooo?ouuuuy?saaaaaaaceeeeiiiidnooooo?ouuuuy?y";
  constexpr std::string_view kExtended =
      "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii??jjkkkllllllllllnnnnnnnnnoooooooorrrrrrssssss"
      "ssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
  static_assert(kLatin1.size() == 64 && kExtended.size() == 128);
  const char letter = code >= 0xC0 && code <= 0xFF     ? kLatin1[code - 0xC0]
                      : code >= 0x100 && code <= 0x17F ? kExtended[code - 0x100]
                                                       : '?';
  return letter == '?' ? '\0' : letter;
}

/// Lower case without accents; every run of anything else is one blank. Bytes that are not UTF-8 are left
/// out.
std::string fold(std::string_view text) {
  std::string out;
  bool gap = false;
  const auto put = [&](char c) {
    if (gap && !out.empty()) out += ' ';
    gap = false;
    out += c;
  };
  text = text.substr(0, kLongestName);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 'A' && byte <= 'Z') {
      put(static_cast<char>(byte - 'A' + 'a'));
    } else if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9')) {
      put(static_cast<char>(byte));
    } else if (byte >= 0xC3 && byte <= 0xC5 && i + 1 < text.size()) {
      const auto low = static_cast<unsigned char>(text[++i]);
      const char letter = base_letter((static_cast<std::uint32_t>(byte & 0x1F) << 6) | (low & 0x3F));
      if (letter != '\0') put(letter);
    } else if (byte != '.' && byte != '\'') {
      gap = true;
    }
  }
  return out;
}

/// How many letters must be changed, inserted or removed to turn `a` into `b`.
std::size_t edits(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, changed}));
    }
  }
  return row[b.size()];
}

/// Calls `visit` with every folded spelling of `city` until it returns true.
template <typename Visit>
bool any_spelling(const City& city, Visit visit) {
  if (visit(fold(city.name))) return true;
  return std::ranges::any_of(city.others,
                             [&](std::string_view other) { return !other.empty() && visit(fold(other)); });
}

/// 0 for a beginning, else the number of edits; a large number where nothing is alike.
std::size_t unlikeness(const City& city, const std::string& wanted) {
  constexpr std::size_t kUnlike = 1000;
  const std::size_t tolerated = std::max<std::size_t>(1, wanted.size() / 3);
  std::size_t best = kUnlike;
  any_spelling(city, [&](const std::string& spelling) {
    const bool begins = wanted.size() >= 3 && spelling.starts_with(wanted);
    const std::size_t distance = begins ? 0 : edits(spelling, wanted);
    if (distance <= tolerated) best = std::min(best, distance);
    return false;
  });
  return best == kUnlike ? kUnlike : best;
}

base::Result<Coordinates> unknown_city(std::string_view text) {
  std::string near;
  for (const std::string& name : cities_like(text)) near += (near.empty() ? "" : ", ") + name;
  std::string message = "the city \"" + std::string(text.substr(0, kLongestName)) + "\" is not known";
  message += near.empty() ? "" : "; did you mean " + near + "?";
  return base::fail(base::Code::kInvalid,
                    message + " (" + std::to_string(cities().size()) +
                        " cities are known; any other place can be given as LAT,LONG, such as 45.46,9.19)");
}

}  // namespace

std::span<const City> cities() { return kCities; }

const City* find_city(std::string_view name) {
  const std::string wanted = fold(name);
  if (wanted.empty()) return nullptr;
  const auto* found = std::ranges::find_if(kCities, [&](const City& city) {
    return any_spelling(city, [&](const std::string& spelling) { return spelling == wanted; });
  });
  return found == std::end(kCities) ? nullptr : found;
}

std::vector<std::string> cities_like(std::string_view name) {
  const std::string wanted = fold(name);
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (const City& city : kCities) {
    const std::size_t distance = unlikeness(city, wanted);
    if (!wanted.empty() && distance <= wanted.size()) near.emplace_back(distance, city.name);
  }
  std::ranges::sort(near);
  std::vector<std::string> out;
  for (const auto& [distance, city] : near) {
    if (out.size() == kSuggestions) break;
    out.emplace_back(city);
  }
  return out;
}

base::Result<Coordinates> parse_place(std::string_view text) {
  const auto trim = [](std::string_view part) {
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    return part;
  };
  const std::size_t comma = text.find(',');
  const bool numbers = comma != std::string_view::npos && text.find_first_of("0123456789") != text.npos;
  if (numbers) return parse_coordinates(trim(text.substr(0, comma)), trim(text.substr(comma + 1)));
  if (const City* city = find_city(text)) return city->at;
  return unknown_city(text);
}

}  // namespace market
