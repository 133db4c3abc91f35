#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// One cell as RFC 4180 wants it: in quotes where it holds a comma or a quote. It is made plain (plain_text),
/// so that no cell breaks a line. Text that a spreadsheet would take for a formula (it begins with = + - @
/// and is no number) gets an apostrophe in front, because providers write these texts.
std::string csv_cell(std::string_view text);

/// The cells with commas between them and CR LF behind.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace cli
