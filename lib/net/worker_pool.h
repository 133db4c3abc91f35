#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace net {

/// A few threads for work that may block, and a queue of limited length. Thread-safe.
class WorkerPool {
 public:
  using Work = std::function<void()>;

  WorkerPool(std::size_t threads, std::size_t max_queued);
  ~WorkerPool();
  /// False when too much work is waiting, or after stop(): the work is not taken.
  bool add(Work work);
  /// Waits for running work; drops waiting work. Idempotent, never from a worker.
  void stop();

 private:
  void run();

  const std::size_t max_queued_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace net
