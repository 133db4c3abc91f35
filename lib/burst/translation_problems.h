#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace burst {

/// Collects why a pod cannot become a twin, so that its owner sees all reasons at once.
class TranslationProblems {
 public:
  /// No provider could run it. `what` continues "the pod cannot burst: ".
  void never(std::string what) { never_.push_back(std::move(what)); }
  /// This provider's policy does not let it in.
  void policy(std::string what) { policy_.push_back(std::move(what)); }

  /// Nothing, Invalid (`never`, which outweighs) or Forbidden (`policy`). The text is the same for the same
  /// pod and policy: it becomes a verdict, which must not change by itself.
  base::Outcome outcome() const;

 private:
  std::vector<std::string> never_;
  std::vector<std::string> policy_;
};

}  // namespace burst
