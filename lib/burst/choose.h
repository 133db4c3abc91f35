#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "burst/burst.h"
#include "market/claim.h"
#include "market/offer.h"

namespace burst {

/// The GPUs that other bursts of this installation hold, and what they may still cost. Values, filled by the
/// CommitmentBook.
struct Holdings {
  /// GPUs of attempts that are not placed yet, by offer: promised, but not in the offer's free count.
  std::map<std::string, std::int64_t, std::less<>> unplaced_gpus;
  std::int64_t claim_gpus = 0;  ///< GPUs of this claim's live attempts
  /// Spent for certain plus the most that live attempts may cost: for this claim in the present period of its
  /// budget, and for all claims in the period of the ceiling.
  market::Amounts claim_committed;
  market::Amounts all_committed;
};

struct Choice {
  const market::Offer* offer = nullptr;  ///< null: none now
  market::Money claim_price;             ///< of one GPU-hour, in the claim's currency
  std::int64_t limit_seconds = 0;        ///< the longest its GPUs may be held
  LimitReason limit_reason = LimitReason::kLifetime;
  /// Why there is none: a stable sentence for the pod's owner.
  std::string waiting_for;
  std::optional<base::Time> retry_at;  ///< when a refusal runs out or the next period of a budget begins
};

/// Picks the offer to try next: candidates of the scheduler only, allowed by the claim, with room, not
/// refused, within budget; best first, but `preferred` (an offer's name, from a plan for all that wait)
/// before all others. `only_node` restricts to one burst node (a pod that is bound to it already).
Choice choose(const market::ClaimRules& rules, std::span<const market::Offer* const> offers,
              const Burst& burst, const Holdings& holdings, const std::string& only_node, base::Time now,
              std::string_view preferred = {});

/// The longest a pod may run at `price` so that it costs no more than `left`, at most `lifetime`; in seconds.
std::int64_t affordable_seconds(market::Money left, market::Money per_gpu_hour, std::int64_t gpus,
                                std::chrono::milliseconds lifetime);

}  // namespace burst
