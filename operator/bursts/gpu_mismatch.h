#pragma once

#include "operator/bursts/gather.h"

namespace op {

/// Reports to the pod's owner, and counts, that its twin was placed on another GPU model than promised.
void tell_gpu_mismatch(BurstContext& context, const Gathered& gathered);

/// The same for a twin that is committed and goes on. The record says so once, with a refusal that keeps the
/// offer from all pods for a while (OfferStrikes). Does nothing where the twin is on the right model.
base::Outcome record_gpu_mismatch(BurstContext& context, Gathered& gathered);

}  // namespace op
