#include "kube/runtime/write_pacer.h"

#include <algorithm>

namespace kube {

std::chrono::milliseconds WritePacer::wait(base::SteadyTime now) {
  if (!wanted_since_) {
    wanted_since_ = now;
    // Quiet for twice the gap: this change is the first of a new series.
    if (last_write_ && now - *last_write_ > 2 * longest_) gap_ = first_;
  }
  auto due = *wanted_since_ + first_;
  if (last_write_) due = std::max(due, *last_write_ + gap_);
  if (due <= now) return std::chrono::milliseconds(0);
  return std::chrono::ceil<std::chrono::milliseconds>(due - now);
}

void WritePacer::written(base::SteadyTime now) {
  const bool series = last_write_ && now - *last_write_ <= 2 * longest_;
  gap_ = series ? std::min(gap_ * 2, longest_) : first_;
  last_write_ = now;
  wanted_since_.reset();
}

}  // namespace kube
