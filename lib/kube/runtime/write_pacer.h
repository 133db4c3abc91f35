#pragma once

#include <chrono>
#include <optional>

#include "base/clock.h"

namespace kube {

/// Spaces the writes of one object whose content changes faster than anybody reads it. The first change after
/// a quiet time is written after `first`, the following ones ever more rarely, up to `longest` apart. A write
/// may be late but is never lost: the last state is always written. A value; not thread-safe.
class WritePacer {
 public:
  WritePacer(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest), gap_(first) {}

  /// How long the present content must still wait; zero: write now. The wait starts with the first call after
  /// a write.
  std::chrono::milliseconds wait(base::SteadyTime now);
  void written(base::SteadyTime now);
  /// The content is as written: nothing waits.
  void unchanged() { wanted_since_.reset(); }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds gap_;  ///< between the last write and the next
  std::optional<base::SteadyTime> wanted_since_;
  std::optional<base::SteadyTime> last_write_;
};

}  // namespace kube
