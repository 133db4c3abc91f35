#pragma once

#include <cstdint>
#include <string>

namespace testing_support {

/// Sends `bytes` to a port of loopback, ends its side, and returns what came back until the other
/// side ended too, or nothing came for a minute. Both directions at once. Throws std::runtime_error when
/// nothing listens there.
std::string echoed(std::uint16_t port, const std::string& bytes);

}  // namespace testing_support
