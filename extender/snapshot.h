#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/config.h"
#include "api/records.h"
#include "kube/runtime/informer.h"

namespace extender {

using ClaimPointer = std::shared_ptr<const api::ClaimRecord>;
using OfferPointer = std::shared_ptr<const api::OfferRecord>;
using BurstPointer = std::shared_ptr<const api::BurstRecord>;

/// The claims and offers a verdict is made from; never changes once it is made.
struct Snapshot {
  /// Everything had been listed when this was made. Before that, no decision may rest on an absent object.
  bool synced = false;
  std::map<std::string, std::vector<ClaimPointer>, std::less<>>
      claims;  ///< by namespace, each list sorted by name
  std::vector<OfferPointer> offers;

  std::span<const ClaimPointer> claims_in(std::string_view ns) const;
};

/// The claims are put under `config` (null: there is none).
Snapshot make_snapshot(bool synced, std::vector<ClaimPointer> claims, std::vector<OfferPointer> offers,
                       const api::ConfigRecord* config = nullptr);

/// Keeps the informers of Neoburst's own objects and hands out the present snapshot. Owned by App. A
/// change only marks the snapshot as outdated; the next request makes a new one (microseconds for thousands
/// of objects). So neither the first list nor a storm of status updates costs a snapshot per object.
class Snapshots {
 public:
  explicit Snapshots(kube::Client& client);
  /// Called on the informer's thread for each PodBurst that appears or changes. Set before start().
  void on_burst(std::function<void(const kube::ObjectKey&)> handler);
  void start();
  void stop();
  bool synced() const;

  /// Thread-safe, and so are the two below. No I/O.
  std::shared_ptr<const Snapshot> current();
  BurstPointer burst(const kube::ObjectKey& key) const { return bursts_.store().get(key); }
  /// GPUs that bursts of a claim hold or are about to hold, the burst `except` left out.
  std::int64_t gpus_in_use(const kube::ObjectKey& claim, const kube::ObjectKey& except) const;
  const kube::Store<api::BurstRecord>& bursts() const { return bursts_.store(); }

 private:
  std::atomic<std::uint64_t> changes_{1};

  // A mutex rather than std::atomic<std::shared_ptr>: that one releases its lock bit with relaxed order in
  // g++ 12, which ThreadSanitizer rightly reports. Held for a pointer copy, or while a new snapshot is made
  // of pointers in memory.
  std::mutex mutex_;
  std::shared_ptr<const Snapshot> current_;  // guarded by mutex_
  std::uint64_t made_at_ = 0;                // guarded by mutex_: changes_ before current_ was made

  // Last: their threads use the members above.
  kube::Informer<api::ClaimRecord> claims_;
  kube::Informer<api::OfferRecord> offers_;
  kube::Informer<api::BurstRecord> bursts_;
  kube::Informer<api::ConfigRecord> configs_;
};

}  // namespace extender
