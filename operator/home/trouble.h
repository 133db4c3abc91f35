#pragma once

#include <string>

namespace op {

/// A problem for a condition: a stable reason and a sentence with the fix.
struct Trouble {
  std::string reason;  ///< UpperCamelCase; "" = none
  std::string message;
  explicit operator bool() const { return !reason.empty(); }
  bool operator==(const Trouble&) const = default;
};

}  // namespace op
