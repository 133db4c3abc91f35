#pragma once

#include <string>
#include <string_view>

namespace cli {

/// `text` with '?' for everything that a terminal would obey instead of show: control characters, marks that
/// turn the direction of writing, and bytes that are not UTF-8. Line breaks and tabs become blanks. Most
/// shown texts come from providers, which must not be able to draw on the reader's screen.
std::string plain_text(std::string_view text);

/// How many characters of `text`, which is plain, take a place on the screen.
std::size_t display_width(std::string_view text);

}  // namespace cli
