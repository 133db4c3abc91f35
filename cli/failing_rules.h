#pragma once

#include <vector>

#include "market/match.h"

namespace cli {

/// Every hard rule that `offer` fails under `claim`, in the order of market::hard_rules(), with its reason.
/// These are the operator's own rules, so that the CLI and the operator never differ.
std::vector<market::Verdict> failing_rules(const market::ClaimRules& claim, const market::Offer& offer);

}  // namespace cli
