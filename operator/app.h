#pragma once

#include <memory>

#include "operator/options.h"

namespace op {

/// The composition root: makes everything, starts it in order, waits for SIGTERM, SIGINT or the loss of
/// leadership, and stops everything in the opposite order. One per process; run() is called once, on the main
/// thread.
///
///   start:  client -> installation id -> informers -> synced -> node leases -> leadership -> controllers
///   stop:   controllers -> provider connections -> leadership given back -> node leases -> informers
///
/// Node leases do not wait for leadership: every replica renews them. Otherwise the cluster would
/// take the burst nodes for dead at a change of leader. Losing leadership ends the process (exit code 1):
/// restarting is cheap and always right.
class App {
 public:
  explicit App(Options options);
  ~App();
  /// Returns the exit code of the process.
  int run();

 private:
  struct Parts;
  Options options_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace op
