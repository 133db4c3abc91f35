#pragma once

#include <string>
#include <string_view>

namespace cli {

/// `text` with everything replaced by '?' that a terminal would obey instead of show: control characters,
/// marks that turn the direction of writing, and bytes that are no UTF-8; line breaks and tabs become blanks.
/// Most texts that are shown come from providers, who must not be able to draw on the reader's screen.
std::string plain_text(std::string_view text);

/// How many characters of `text`, which is plain, take a place on the screen.
std::size_t display_width(std::string_view text);

}  // namespace cli
