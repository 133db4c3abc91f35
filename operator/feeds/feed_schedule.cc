#include "operator/feeds/feed_schedule.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace op {

using std::chrono::milliseconds;

FeedSchedule::FeedSchedule(api::FeedSpec spec, milliseconds first_retry, base::SteadyTime now)
    : spec_(std::move(spec)),
      backoff_(std::min(first_retry, spec_.interval), spec_.interval),
      next_poll_(now) {}

base::SteadyTime FeedSchedule::next_event(base::SteadyTime now) const {
  if (!snapshot_ || stale(now)) return next_poll_;
  return std::min(next_poll_, fetched_ + spec_.max_age + milliseconds(1));
}

void FeedSchedule::succeeded(market::FeedSnapshot snapshot, base::SteadyTime now) {
  snapshot_ = std::make_shared<const market::FeedSnapshot>(std::move(snapshot));
  fetched_ = now;
  trouble_ = {};
  backoff_.reset();
  next_poll_ = now + spec_.interval;
}

void FeedSchedule::failed(Trouble trouble, std::optional<milliseconds> retry_after, base::SteadyTime now) {
  trouble_ = std::move(trouble);
  next_poll_ = now + std::max(backoff_.next(), retry_after.value_or(milliseconds(0)));
}

FeedState FeedSchedule::state(base::SteadyTime now) const { return {snapshot_, stale(now), trouble_}; }

void FeedSchedule::inherit(const FeedSchedule& before) {
  const bool same_prices = before.spec_.type == spec_.type && before.spec_.currency == spec_.currency;
  if (!same_prices) return;
  snapshot_ = before.snapshot_;
  fetched_ = before.fetched_;
}

}  // namespace op
