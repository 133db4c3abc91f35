#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "program/listen_address.h"
#include "program/log_options.h"

namespace extender {

struct Options {
  std::string kubeconfig;  ///< "": $KUBECONFIG, or the pod's service account
  std::string context;
  program::ListenAddress listen{"127.0.0.1", 8888};
  std::optional<program::ListenAddress> metrics_listen;
  std::size_t threads = 2;
  program::LogOptions log;
};

/// Either options, or the exit code of a run that ends here (--help, a mistake). Its message is already on
/// the terminal.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace extender
