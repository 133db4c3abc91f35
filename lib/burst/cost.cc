#include "burst/cost.h"

#include <algorithm>

#include "burst/holding.h"

namespace burst {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kSoonest = std::chrono::minutes(1);
constexpr milliseconds kLatest = std::chrono::minutes(10);

}  // namespace

market::Money running_cost(const Burst& b, base::Time now) {
  if (!holds_placed_gpus(b) || *b.placed_at >= now) return {};
  return market::cost_of(b.attempt.claim_price, b.gpus,
                         std::chrono::duration_cast<milliseconds>(now - *b.placed_at));
}

std::optional<milliseconds> cost_note_due(const Burst& b, base::Time now) {
  const std::int64_t running = running_cost(b, now).micros;
  if (running <= 0) return std::nullopt;
  const auto age = std::chrono::duration_cast<milliseconds>(now - *b.placed_at);
  // The age at the last note follows from what was noted: cost is even over time.
  const double noted =
      static_cast<double>(std::clamp<std::int64_t>((b.cost_so_far - b.cost).micros, 0, running));
  const milliseconds then(
      static_cast<std::int64_t>(noted / static_cast<double>(running) * static_cast<double>(age.count())));
  const milliseconds due = then + std::clamp(then / 4, kSoonest, kLatest);
  return std::max(due - age, milliseconds(0));
}

}  // namespace burst
