#pragma once

#include <string>
#include <variant>

#include "cli/cost/flags.h"
#include "cli/explain/flags.h"
#include "cli/offers/flags.h"

namespace cli {

/// Flags that all commands share.
struct GlobalFlags {
  std::string kubeconfig;  ///< "": see program::choose_kubeconfig
  std::string context;     ///< "": the current one
  std::string ns;          ///< "": that of the context
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitUsage = 2;

struct CommandLine {
  GlobalFlags global;
  /// The command; monostate when the run ends here with `exit_code` (--help, a mistake that has been
  /// reported).
  std::variant<std::monostate, OfferFlags, ExplainFlags, CostFlags> command;
  int exit_code = kExitOk;
};
CommandLine parse_command_line(int argc, const char* const* argv);

}  // namespace cli
