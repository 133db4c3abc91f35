#pragma once

#include "api/records.h"

namespace op {

/// A claim under which pods may burst at all: readable, not being deleted, not switched off.
inline bool is_usable(const api::ClaimRecord& claim) {
  return claim.problem.empty() && !claim.meta.deleting_since && claim.rules.when != market::BurstWhen::kNever;
}

}  // namespace op
