#pragma once

#include <string>

#include "cli/explain/explanation.h"
#include "cli/explain/facts.h"

namespace cli {

/// Pure; each result points into `facts`.
Explanation explain_pod(const Facts& facts, const ExplainedPod& pod);
/// Explains a pod that is gone, from the record that it left.
Explanation explain_record(const Facts& facts, const api::BurstRecord& record);
Explanation explain_claim(const Facts& facts, const api::ClaimRecord& claim);

/// The newest record of a pod called `name`, nullptr when there is none.
const api::BurstRecord* find_record_of(const Facts& facts, const std::string& name);

}  // namespace cli
