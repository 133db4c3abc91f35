#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "kube/core/meta.h"

namespace kube {

/// metav1.LabelSelector. An empty one selects everything.
struct LabelSelector {
  enum class Operator { kIn, kNotIn, kExists, kDoesNotExist };
  struct Requirement {
    std::string key;
    Operator op;
    std::vector<std::string> values;
  };
  std::vector<Requirement> requirements;  ///< matchLabels are kept as kIn with one value

  bool matches(const StringMap& labels) const;
};

}  // namespace kube
