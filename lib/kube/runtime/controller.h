#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/status.h"
#include "kube/runtime/work_queue.h"

namespace kube {

/// What a reconcile wants next. A plain {} means: nothing until the next change.
struct Next {
  std::optional<std::chrono::milliseconds> again_after = std::nullopt;
};

/// How soon to come again for an object that was just written: the watch has not brought it yet.
inline constexpr std::chrono::milliseconds kUntilSeen{200};

/// Brings the world one step nearer to what the object `key` asks for. Level-triggered: it reads the present
/// state and keeps none between calls. One worker at a time calls it for one key; many workers call it for
/// different keys. What it returns decides when the key comes again:
///
///   a Next                                    after `again_after` or on the next change; backoff is reset
///   Conflict, Expired, NotFound,              after backoff, and not before `retry_after`
///   AlreadyExists, Throttled, Unavailable,
///   Deadline
///   Forbidden, Unauthenticated                after a minute at the earliest
///   Invalid, Malformed                        on the next change; logged and counted
///   Cancelled                                 on the next change; quiet
using Reconcile = std::function<base::Result<Next>(const std::string& key)>;

struct ControllerOptions {
  std::string name;  ///< in logs, metrics and thread names
  std::size_t workers = 2;
  /// How many of them may be busy with keys of low urgency; 0 = all.
  std::size_t low_workers = 0;
};

/// N worker threads that take keys from a queue and reconcile them. One switch decides, logs and counts every
/// outcome; an exception that escapes a reconcile is caught, counted (result Exception, besides Unavailable)
/// and treated as Unavailable. Every line that a reconcile logs on its thread carries `controller`, `key` and
/// a `reconcileID` that no other reconcile of this process has.
class Controller {
 public:
  Controller(ControllerOptions options, Reconcile reconcile);
  ~Controller();
  WorkQueue& queue() { return queue_; }
  void start();
  /// Waits for running reconciles to end. Idempotent; final: a stopped controller does not start again.
  void stop();

 private:
  struct Metrics;
  void work();
  base::Result<Next> run_guarded(const std::string& key);
  /// The one place that decides, logs and counts what follows from a reconcile's result.
  void settle(const std::string& key, const base::Result<Next>& run);
  ControllerOptions options_;
  Reconcile reconcile_;
  std::unique_ptr<Metrics> metrics_;
  WorkQueue queue_;
  std::vector<std::jthread> threads_;
};

}  // namespace kube
