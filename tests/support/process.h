#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace testing_support {

/// The result of a command that ran to its end.
struct CommandResult {
  int exit_code = -1;
  std::string output;  ///< standard output
  std::string errors;  ///< standard error
};
/// Runs a command to its end with `input` as its standard input. Throws std::runtime_error when it cannot be
/// run.
CommandResult run_command(const std::vector<std::string>& arguments, const std::string& input = {});

/// A child process with its output in a file. Ends with its owner: it is killed when this object or our own
/// process goes away. For one thread.
class Process {
 public:
  /// Starts it at once; throws std::runtime_error when that fails. Output is appended to `log`.
  Process(std::vector<std::string> arguments, std::string log);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  bool running();
  /// Sends `signal` and waits for the end. Returns the exit code, or minus the signal that ended it.
  int end(int signal);
  pid_t pid() const { return pid_; }
  const std::string& log() const { return log_; }

  /// Resident memory and processor time so far, of a running process.
  double rss_mb() const;
  double cpu_seconds() const;

 private:
  std::vector<std::string> arguments_;
  std::string log_;
  pid_t pid_ = -1;
  std::optional<int> status_;
};

/// The last `lines` lines of a file, for failure messages.
std::string tail_of(const std::string& path, std::size_t lines);
std::string read_text(const std::string& path);
/// The folder of the running program.
std::string program_folder();
/// A TCP port of the loopback interface that was free a moment ago.
std::uint16_t free_port();

}  // namespace testing_support
