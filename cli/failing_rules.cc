#include "cli/failing_rules.h"

namespace cli {

std::vector<market::Verdict> failing_rules(const market::ClaimRules& claim, const market::Offer& offer) {
  std::vector<market::Verdict> out;
  for (const market::Rule& rule : market::hard_rules()) {
    if (std::string reason = rule.check(claim, offer); !reason.empty())
      out.push_back({rule.name, std::move(reason)});
  }
  return out;
}

}  // namespace cli
