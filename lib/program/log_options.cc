#include "program/log_options.h"

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace program {

void add_log_options(CLI::App& app, LogOptions& options) {
  const std::map<std::string, base::LogLevel> levels{{"debug", base::LogLevel::kDebug},
                                                     {"info", base::LogLevel::kInfo},
                                                     {"warning", base::LogLevel::kWarning},
                                                     {"error", base::LogLevel::kError}};
  const std::map<std::string, base::LogFormat> formats{{"text", base::LogFormat::kText},
                                                       {"json", base::LogFormat::kJson}};
  app.add_option("--log-level", options.level, "Least severity that is logged: debug, info, warning or error")
      ->transform(CLI::CheckedTransformer(levels, CLI::ignore_case))
      ->default_str("info");
  app.add_option("--log-format", options.format, "text, or json with one object a line")
      ->transform(CLI::CheckedTransformer(formats, CLI::ignore_case))
      ->default_str("text");
}

}  // namespace program
