#pragma once

#include <string>

#include "base/status.h"

namespace cli {

/// Standard output, all at once. Returns the exit code: kExitError when it could not be written.
int write_output(const std::string& text);
/// A line on standard error for people: "note: ...".
void write_note(const std::string& text);
/// A line on standard error: "error: ...". Returns `exit_code`.
int write_error(const base::Status& status, int exit_code);

}  // namespace cli
