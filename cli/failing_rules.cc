#include "cli/failing_rules.h"

namespace cli {

std::vector<market::Verdict> failing_rules(const market::ClaimRules& claim, const market::Offer& offer) {
  return market::explain(claim, offer);
}

}  // namespace cli
