#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace base {

/// One key and value of a log line. Values are written as text; never pass a secret or a request body.
using LogField = std::pair<std::string_view, std::string>;
using LogFields = std::initializer_list<LogField>;

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

/// Sets up logging to standard error for the whole process; call once, before the first thread starts.
void init_logging(LogLevel level, LogFormat format);

/// `message` is a constant sentence; variable parts go into `fields`. The thread's LogScopes add theirs.
/// Thread-safe.
void log(LogLevel level, std::string_view message, LogFields fields = {});

inline void log_debug(std::string_view m, LogFields f = {}) { log(LogLevel::kDebug, m, f); }
inline void log_info(std::string_view m, LogFields f = {}) { log(LogLevel::kInfo, m, f); }
inline void log_warning(std::string_view m, LogFields f = {}) { log(LogLevel::kWarning, m, f); }
inline void log_error(std::string_view m, LogFields f = {}) { log(LogLevel::kError, m, f); }

}  // namespace base
