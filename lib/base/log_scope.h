#pragma once

#include <functional>
#include <vector>

#include "base/log.h"

namespace base {

/// Adds fields to every line that this thread logs while the scope lives. They name the thread's present
/// work, so that the code it calls need not know. Scopes nest. A line's own field wins over one of the same
/// name here, an inner scope's over an outer one's. Lines of other threads get nothing.
class LogScope {
 public:
  /// Called for each line that is written and never for one below the log level, so it may make texts. It
  /// must not log. Everything it refers to must outlive the scope.
  using Fields = std::function<std::vector<LogField>()>;

  explicit LogScope(Fields fields);
  ~LogScope();
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;

  /// The fields that this thread's scopes add to a line with the fields `own`.
  static std::vector<LogField> added_to(LogFields own);

 private:
  const Fields fields_;
  const LogScope* const outer_;
};

}  // namespace base
