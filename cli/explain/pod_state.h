#pragma once

#include <string>
#include <vector>

#include "cli/explain/facts.h"

namespace cli {

/// Where a pod is on its way, in a word and in sentences.
struct PodState {
  std::string word = {};  ///< see docs/cli.md
  std::vector<std::string> sentences = {};
  bool waits = false;  ///< it runs nowhere, and what stops it is worth telling
};

/// For a pod that exists; `burst` is its record or null, `claim` the claim that selects it or null.
PodState describe_pod(const Facts& facts, const ExplainedPod& pod, const api::ClaimRecord* claim,
                      const api::BurstRecord* burst);
/// For a pod that is gone and has left a record.
PodState describe_record(const Facts& facts, const api::BurstRecord& burst);

/// "2h5m ago", "3s ago", in one or two units.
std::string ago(base::Time then, base::Time now);

}  // namespace cli
