#include "base/backoff.h"

#include <algorithm>
#include <random>

namespace base {
namespace {

std::uint64_t seed_or_entropy(std::uint64_t seed) {
  if (seed != 0) return seed;
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

/// splitmix64: one word of state, so that a Backoff per key stays cheap.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

Backoff::Backoff(std::chrono::milliseconds first, std::chrono::milliseconds longest, std::uint64_t seed)
    : first_(std::max(first, std::chrono::milliseconds(0))),
      longest_(std::max(longest, std::chrono::milliseconds(0))),
      random_(seed_or_entropy(seed)) {}

std::chrono::milliseconds Backoff::next() {
  auto wait = std::min(first_, longest_);
  // Doubling step by step cannot overflow: it stops at longest_, at the latest after 63 steps.
  for (int i = 0; i < attempts_ && wait < longest_; ++i) {
    wait = wait > longest_ / 2 ? longest_ : wait * 2;
    if (wait.count() == 0) break;
  }
  ++attempts_;
  const auto whole = static_cast<std::uint64_t>(wait.count());
  const std::uint64_t half = whole - whole / 2;
  return std::chrono::milliseconds(half + next_random(random_) % (whole - half + 1));
}

}  // namespace base
