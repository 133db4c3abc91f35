#pragma once

#include <chrono>
#include <cstddef>

namespace op {

struct BurstOptions {
  std::size_t workers = 8;
  /// From placed to bound (R5).
  std::chrono::milliseconds bind_deadline = std::chrono::seconds(60);
  /// How often all objects at the providers are compared with the records.
  std::chrono::milliseconds sweep_interval = std::chrono::seconds(10);
  /// How old an unrecorded object must be before the sweeper asks about it.
  std::chrono::milliseconds sweep_age = std::chrono::seconds(30);
};

}  // namespace op
