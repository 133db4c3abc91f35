#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// The first `length` characters of the lower-case base32 (a-z, 2-7) SHA-256 of `text`: a stable name
/// fragment that is valid in DNS labels. `length` is at most 52.
std::string short_digest(std::string_view text, std::size_t length);

}  // namespace base
