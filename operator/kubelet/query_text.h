#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace op {

/// Names and values in the order in which they came.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Undoes percent-encoding; nullopt when an escape is cut or is no hexadecimal number.
std::optional<std::string> percent_decode(std::string_view text);

/// Parses "a=1&b=x%20y", as Go does: '+' is a blank, a name without '=' has an empty value, and a ';' is an
/// error.
std::optional<Query> parse_query(std::string_view text);

/// All values called `name`.
std::vector<std::string> query_values(const Query& query, std::string_view name);
/// The first of them.
std::optional<std::string> query_value(const Query& query, std::string_view name);

}  // namespace op
