#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/log_scope.h"
#include "base/time_text.h"

namespace base {
namespace {

struct Logging {
  std::shared_ptr<spdlog::logger> logger;
  LogFormat format = LogFormat::kText;

  Logging()
      : logger(
            std::make_shared<spdlog::logger>("neoburst", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    logger->set_pattern("%v");  // the whole line is made here, so that both formats escape alike
    logger->set_level(spdlog::level::info);
    logger->flush_on(spdlog::level::trace);
  }
};

/// Never destroyed: threads may log until the process is gone.
Logging& logging() {
  static auto* const state = new Logging();
  return *state;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view level_name(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

/// Replaces invalid UTF-8: a remote's bytes must not be able to break a line or throw.
std::string dump(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string json_line(LogLevel level, std::string_view message, LogFields fields) {
  nlohmann::ordered_json line;
  line["ts"] = format_micro_time(system_clock().now());
  line["level"] = level_name(level);
  line["msg"] = message;
  for (const auto& [key, value] : fields) line.emplace(std::string(key), value);
  for (const auto& [key, value] : LogScope::added_to(fields)) line.emplace(std::string(key), value);
  return dump(line);
}

bool is_plain(std::string_view value) {
  for (const char c : value) {
    if (c <= ' ' || c > '~' || c == '"' || c == '\\' || c == '=') return false;
  }
  return !value.empty();
}

std::string text_line(LogLevel level, std::string_view message, LogFields fields) {
  std::string line = format_micro_time(system_clock().now());
  line.append(" ").append(level_name(level)).append(" ").append(message);
  const auto append = [&line](const LogField& field) {
    const auto& [key, value] = field;
    line.append(" ").append(key).append("=").append(is_plain(value) ? value : dump(value));
  };
  std::ranges::for_each(fields, append);
  std::ranges::for_each(LogScope::added_to(fields), append);
  return line;
}

}  // namespace

void init_logging(LogLevel level, LogFormat format) {
  logging().logger->set_level(spdlog_level(level));
  logging().format = format;
}

void log(LogLevel level, std::string_view message, LogFields fields) {
  auto& state = logging();
  if (!state.logger->should_log(spdlog_level(level))) return;
  const bool json = state.format == LogFormat::kJson;
  state.logger->log(spdlog_level(level),
                    json ? json_line(level, message, fields) : text_line(level, message, fields));
}

}  // namespace base
