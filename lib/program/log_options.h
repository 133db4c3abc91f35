#pragma once

#include "base/log.h"

namespace CLI {
class App;
}

namespace program {

/// What a service logs, and how.
struct LogOptions {
  base::LogLevel level = base::LogLevel::kInfo;
  base::LogFormat format = base::LogFormat::kText;
};

/// Adds --log-level and --log-format. `options` must live until the command line is parsed.
void add_log_options(CLI::App& app, LogOptions& options);

}  // namespace program
