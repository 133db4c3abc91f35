#pragma once

#include "burst/burst.h"

/// What the record says about the GPUs of a burst. This is the one place for that decision: pick
/// the predicate by its meaning, and add no condition about attempt or end.
///
///                             no attempt,        attempt,     attempt,   ended
///                             or it was released  not placed   placed
///   has_unreleased_attempt    no                  yes          yes        as it ended
///   may_hold_gpus             no                  yes          yes        no
///   is_being_placed           no                  yes          no         no
///   holds_placed_gpus         no                  no           yes        no
///   waits_for_attempt         yes                 no           no         no
///
/// Pure functions of the record. A record lags behind the provider: GPUs that it does not show may be held
/// there for a moment, and GPUs that it shows may be free.
namespace burst {

/// True when an attempt is recorded and was not given up, whether or not the burst has ended: its objects at
/// the provider may still be there. A burst that ends keeps its last attempt unreleased.
inline bool has_unreleased_attempt(const Burst& burst) {
  return burst.attempt.number > 0 && !burst.attempt.released;
}

/// True while an attempt holds GPUs or is about to. It counts against limits, budgets and free capacity.
inline bool may_hold_gpus(const Burst& burst) { return !burst.ended() && has_unreleased_attempt(burst); }

/// True while the twin is on record as placed: its GPUs are held, and paid for.
inline bool holds_placed_gpus(const Burst& burst) { return may_hold_gpus(burst) && burst.placed_at; }

/// True while an attempt is under way whose twin is not on record as placed.
inline bool is_being_placed(const Burst& burst) { return may_hold_gpus(burst) && !burst.placed_at; }

/// True while the burst has no attempt and may still get one: nothing is held for it.
inline bool waits_for_attempt(const Burst& burst) { return !burst.ended() && !has_unreleased_attempt(burst); }

}  // namespace burst
