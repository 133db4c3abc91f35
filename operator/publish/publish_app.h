#pragma once

#include <memory>

#include "operator/options.h"

namespace op {

/// The composition root of `--publish`, which runs at a provider: price sheet, informers, leadership,
/// Publisher. Stops in the opposite order; the offers stay and grow old. One per process; run() is called
/// once, on the main thread.
class PublishApp {
 public:
  explicit PublishApp(Options options);
  ~PublishApp();
  /// Returns the exit code of the process.
  int run();

 private:
  struct Parts;
  Options options_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace op
