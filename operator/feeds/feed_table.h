#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "market/feed.h"
#include "operator/home/trouble.h"

namespace op {

/// What is known from the price feed of one provider.
struct FeedState {
  /// The last good answer; null before the first. It outlives any number of failures.
  std::shared_ptr<const market::FeedSnapshot> snapshot;
  bool stale = false;  ///< the snapshot is older than spec.feed.maxAge
  Trouble trouble;     ///< why the last poll failed

  bool operator==(const FeedState&) const = default;
};

/// The price feeds of all providers. Written by FeedController, read where offers and status are made.
/// Thread-safe.
class FeedTable {
 public:
  /// nullopt for a provider without a feed, and until a feed was asked once.
  std::optional<FeedState> find(const std::string& provider) const;
  /// Returns whether anything changed.
  bool put(const std::string& provider, FeedState state);
  bool remove(const std::string& provider);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, FeedState> states_;
};

}  // namespace op
