#pragma once

#include <string>

#include "base/status.h"

namespace cli {

/// The arguments of `explain` as they were typed.
struct ExplainFlags {
  std::string first = {};   ///< "pod/NAME", "claim/NAME", "NAME", or a kind
  std::string second = {};  ///< NAME after a kind
  bool json = false;
};

enum class Subject { kPod, kClaim };
struct ExplainTarget {
  Subject subject = Subject::kPod;
  std::string name;
};
/// Invalid with what can be explained.
base::Result<ExplainTarget> read_target(const ExplainFlags& flags);

}  // namespace cli
