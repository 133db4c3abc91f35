#pragma once

#include <optional>
#include <string>
#include <vector>

#include "market/offer.h"

namespace cli {

enum class Mark {
  kOk,
  kFail,
  kUnknown,  ///< not known yet
};

/// One step on the way to a provider.
struct Check {
  std::string name;  ///< stable, for programs: "gpus", "claim", "toleration", ...
  Mark mark = Mark::kOk;
  std::string text;
  std::string mend = {};  ///< a command, or what to do, "" where there is nothing to mend
};

/// Why an offer is not taken: a rule of the claim by its name, or what stops it at present ("candidate",
/// "available", "refused", "room").
struct Obstacle {
  std::string rule;
  std::string reason;
  std::string mend;
};

struct JudgedOffer {
  const market::Offer* offer = nullptr;
  std::vector<Obstacle> obstacles;  ///< none: it could be taken now
};

/// Pure data; pointers go into the Facts it was made from.
struct Explanation {
  std::string kind = {};  ///< "Pod" or "GPUCapacityClaim"
  std::string ns = {};
  std::string name = {};
  std::string state = {};                 ///< one word for programs, see docs/cli.md
  std::vector<std::string> summary = {};  ///< sentences: where it runs and why, or what it waits for
  std::vector<Check> checks = {};
  std::vector<JudgedOffer> offers = {};
  std::vector<std::string> notes = {};
};

}  // namespace cli
