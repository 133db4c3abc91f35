#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace cli {

/// Reports that something is under way if it takes longer than `after`; silent if it does not. `tell` is
/// called once at most, from another thread, and never after the destructor.
class Progress {
 public:
  Progress(std::string what, std::function<void(const std::string&)> tell,
           std::chrono::milliseconds after = std::chrono::seconds(2));
  ~Progress() = default;  // stops and joins the thread
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace cli
