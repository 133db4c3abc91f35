#pragma once

#include <string>

namespace op {

/// A problem as a condition tells it: a stable reason and a sentence with the mend.
struct Trouble {
  std::string reason;  ///< UpperCamelCase; "" = none
  std::string message;
  explicit operator bool() const { return !reason.empty(); }
  bool operator==(const Trouble&) const = default;
};

}  // namespace op
