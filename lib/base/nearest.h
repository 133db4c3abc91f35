#pragma once

#include <span>
#include <string_view>

namespace base {

/// The word of `known` that a mistyped `word` most likely means: equal but for case, or at most one edit in
/// three letters away. "" when no word is that near; the first of several equally near words.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace base
