#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace burst {

/// The value of the annotation neoburst.io/reserved: "NODE/ATTEMPT".
struct Reservation {
  std::string node;
  int attempt = 0;
  bool operator==(const Reservation&) const = default;
};
/// nullopt for anything that format_reservation() does not write.
std::optional<Reservation> parse_reservation(std::string_view text);
std::string format_reservation(const Reservation& reservation);

}  // namespace burst
