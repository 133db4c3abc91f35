#pragma once

#include <cstdint>
#include <string>

namespace testing_support {

/// Sends `bytes` to a port of loopback, says that this was all, and returns what came back until the other
/// side said the same, or nothing came for a minute. Both directions at once. Throws std::runtime_error when
/// nobody listens.
std::string echoed(std::uint16_t port, const std::string& bytes);

}  // namespace testing_support
