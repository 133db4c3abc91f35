#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "burst/decide.h"

namespace op {

/// Offers that broke their promise to one pod in a way that concerns all: their twins were placed on another
/// GPU model. Read from the refusals of the records, so that a restart forgets nothing. Thread-safe.
class OfferStrikes {
 public:
  void note(const burst::Burst& burst) {
    std::lock_guard lock(mutex_);
    for (const burst::Refusal& refusal : burst.refusals) {
      if (refusal.reason != burst::kReasonGpuMismatch) continue;
      burst::Refusal& strike = strikes_[refusal.offer];
      if (strike.until < refusal.until) strike = refusal;
    }
  }
  /// The strikes in force at `now`.
  std::vector<burst::Refusal> current(base::Time now) const {
    std::lock_guard lock(mutex_);
    std::vector<burst::Refusal> out;
    for (const auto& [offer, strike] : strikes_) {
      if (strike.until > now) out.push_back(strike);
    }
    return out;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, burst::Refusal> strikes_;  ///< by offer: as many as there are offers
};

/// `burst` with the strikes of all offers as its own refusals; its own hold longer where they do. Pure.
inline burst::Burst with_strikes(burst::Burst burst, const std::vector<burst::Refusal>& strikes) {
  for (const burst::Refusal& strike : strikes) {
    const auto own = std::ranges::find(burst.refusals, strike.offer, &burst::Refusal::offer);
    if (own == burst.refusals.end()) {
      burst.refusals.push_back(strike);
    } else if (own->until < strike.until) {
      *own = strike;
    }
  }
  return burst;
}

}  // namespace op
