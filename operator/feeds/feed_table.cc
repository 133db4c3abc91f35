#include "operator/feeds/feed_table.h"

#include <utility>

namespace op {

std::optional<FeedState> FeedTable::find(const std::string& provider) const {
  std::lock_guard lock(mutex_);
  const auto it = states_.find(provider);
  return it == states_.end() ? std::nullopt : std::optional(it->second);
}

bool FeedTable::put(const std::string& provider, FeedState state) {
  std::lock_guard lock(mutex_);
  const auto [it, added] = states_.try_emplace(provider, state);
  if (added) return true;
  if (it->second == state) return false;
  it->second = std::move(state);
  return true;
}

bool FeedTable::remove(const std::string& provider) {
  std::lock_guard lock(mutex_);
  return states_.erase(provider) > 0;
}

}  // namespace op
