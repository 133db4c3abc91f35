#pragma once

#include <string>

#include "cli/explain/explanation.h"

namespace cli {

/// For people: sentences, checks with a mark each, a table of the offers, and one fix for each kind of
/// obstacle.
std::string explanation_text(const Explanation& explanation);
/// For programs: the same, see docs/cli.md.
std::string explanation_json(const Explanation& explanation);

}  // namespace cli
