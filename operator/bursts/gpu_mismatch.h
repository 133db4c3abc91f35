#pragma once

#include "operator/bursts/gather.h"

namespace op {

/// Tells the pod's owner, and counts, that its twin was placed on another GPU model than its offer promised.
void tell_gpu_mismatch(BurstContext& context, const Gathered& gathered);

/// The same of a twin that is committed and goes on. The record says so once, with a refusal that keeps the
/// offer from everybody for a while (OfferStrikes). Does nothing where the twin is on the right model.
base::Outcome record_gpu_mismatch(BurstContext& context, Gathered& gathered);

}  // namespace op
