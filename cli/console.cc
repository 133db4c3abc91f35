#include "cli/console.h"

#include <cstdio>

#include "cli/options.h"
#include "cli/output/plain_text.h"

namespace cli {

int write_output(const std::string& text) {
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return kExitOk;
  write_note("the output could not be written");
  return kExitError;
}

void write_note(const std::string& text) { std::fprintf(stderr, "note: %s\n", plain_text(text).c_str()); }

int write_error(const base::Status& status, int exit_code) {
  std::fprintf(stderr, "error: %s\n", plain_text(status.message).c_str());
  return exit_code;
}

}  // namespace cli
