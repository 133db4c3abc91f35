#pragma once

#include <chrono>
#include <mutex>
#include <string>

namespace program {

/// How the process ends. SIGTERM and SIGINT arrive here and nowhere else, and any thread may ask
/// for the end. Make it before the first thread starts: threads inherit the blocked signals.
class Shutdown {
 public:
  Shutdown();
  /// Thread-safe; the first reason counts.
  void request(std::string why, int exit_code);
  /// Waits on the main thread, at most `limit`, until the end was requested. True when it was.
  bool wait(std::chrono::milliseconds limit);
  /// Only after wait() returned true.
  const std::string& reason() const { return reason_; }
  int exit_code() const { return exit_code_; }

 private:
  bool requested();

  std::mutex mutex_;
  bool requested_ = false;
  std::string reason_;
  int exit_code_ = 0;
};

}  // namespace program
