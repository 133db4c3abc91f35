#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "market/offer.h"

namespace op {

/// What every provider offers now, in memory and always current; the GPUOffer objects follow at leisure (each
/// write costs the home API server something). Written by OfferController. Thread-safe; holds no lock while
/// it calls a listener.
class OfferTable {
 public:
  /// Called for each offer that came, changed or went, on the offer controller's thread: only enqueue
  /// there.
  using Listener = std::function<void(const std::string& offer_name)>;

  std::vector<market::Offer> current() const;
  std::optional<market::Offer> find(const std::string& name) const;
  /// Register before the controllers start.
  void on_change(Listener listener) { listeners_.push_back(std::move(listener)); }

  /// Replaces all offers of one provider; returns the names of those that came, changed or went.
  std::vector<std::string> replace(const std::string& provider, std::vector<market::Offer> offers);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, market::Offer> offers_;  // by name
  std::vector<Listener> listeners_;
};

/// Equal in everything that a reader could see.
bool same_offer(const market::Offer& a, const market::Offer& b);

}  // namespace op
