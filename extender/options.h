#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "base/log.h"
#include "base/status.h"

namespace extender {

struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};
/// "127.0.0.1:8888", "[::1]:8888", ":8888" (every address).
base::Result<ListenAddress> parse_listen(const std::string& text);

struct Options {
  std::string kubeconfig;  ///< "": $KUBECONFIG, or the pod's service account
  std::string context;
  ListenAddress listen{"127.0.0.1", 8888};
  std::optional<ListenAddress> metrics_listen;
  std::size_t threads = 2;
  base::LogLevel log_level = base::LogLevel::kInfo;
  base::LogFormat log_format = base::LogFormat::kText;
};

/// Either options, or the exit code of a run that ends here (--help, a mistake). Its message is already on
/// the terminal.
struct ParsedOptions {
  Options options;
  std::optional<int> exit_code;
};
ParsedOptions parse_options(int argc, char** argv);

}  // namespace extender
