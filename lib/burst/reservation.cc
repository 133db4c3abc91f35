#include "burst/reservation.h"

#include <charconv>

namespace burst {

std::optional<Reservation> parse_reservation(std::string_view text) {
  const auto slash = text.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  Reservation r{std::string(text.substr(0, slash)), 0};
  const std::string_view number = text.substr(slash + 1);
  const auto [end_of_number, error] =
      std::from_chars(number.data(), number.data() + number.size(), r.attempt);
  if (error != std::errc{} || end_of_number != number.data() + number.size() || r.attempt < 1)
    return std::nullopt;
  return r;
}

std::string format_reservation(const Reservation& reservation) {
  return reservation.node + "/" + std::to_string(reservation.attempt);
}

}  // namespace burst
