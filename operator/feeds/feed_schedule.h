#pragma once

#include <chrono>
#include <optional>

#include "api/feed_spec.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "operator/feeds/feed_table.h"

namespace op {

/// When to ask the feed of one provider next, and its last good answer. A failure never loses that
/// answer: it stays and grows stale. Pure; not thread-safe.
class FeedSchedule {
 public:
  /// Due at once. After a failure the feed is retried after `first_retry`, then ever more rarely, at most as
  /// rarely as a feed that works.
  FeedSchedule(api::FeedSpec spec, std::chrono::milliseconds first_retry, base::SteadyTime now);

  const api::FeedSpec& spec() const { return spec_; }
  bool due(base::SteadyTime now) const { return now >= next_poll_; }
  /// When there is work next: a poll, or the answer growing stale.
  base::SteadyTime next_event(base::SteadyTime now) const;

  void succeeded(market::FeedSnapshot snapshot, base::SteadyTime now);
  /// `retry_after`: no retry before that, where the server said so.
  void failed(Trouble trouble, std::optional<std::chrono::milliseconds> retry_after, base::SteadyTime now);
  FeedState state(base::SteadyTime now) const;

  /// Takes over the knowledge of another schedule of the same API, whose spec was changed since.
  void inherit(const FeedSchedule& before);

 private:
  bool stale(base::SteadyTime now) const { return snapshot_ && now - fetched_ > spec_.max_age; }

  api::FeedSpec spec_;
  base::Backoff backoff_;
  base::SteadyTime next_poll_;
  std::shared_ptr<const market::FeedSnapshot> snapshot_;
  base::SteadyTime fetched_{};
  Trouble trouble_;
};

}  // namespace op
