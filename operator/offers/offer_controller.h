#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "kube/runtime/controller.h"
#include "kube/runtime/write_pacer.h"
#include "operator/feeds/feed_table.h"
#include "operator/home/home.h"
#include "operator/offers/offer_table.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Keeps the OfferTable current and lets the GPUOffer objects follow.
///
/// A change of capacity only marks its provider; one thread recomputes marked providers 20 ms later (a burst
/// of 200 pods is a handful of recomputations). The table has every change at once. GPUOffers are written at
/// most once a second each, ever more rarely while changes go on, and never when nothing changed. Offers of a
/// provider that cannot be read now stay, as not available; offers of a deleted provider go. Objects that are
/// not ours are never touched.
class OfferController {
 public:
  OfferController(Home& home, RemoteClusters& remotes, const FeedTable& feeds, OfferTable& table);
  ~OfferController();
  /// Computes every offer once before it returns, so that later controllers see a full table. Call with
  /// synced informers.
  void start();
  void stop();
  /// Capacity or status of a provider may have changed. Cheap; any thread.
  void provider_changed(const std::string& provider);

 private:
  void recompute_loop(std::stop_token stop);
  void recompute(const std::string& provider);
  /// The provider's last offers: from the table, else as written before we started.
  std::vector<market::Offer> last_known(const std::string& provider) const;
  base::Result<kube::Next> reconcile(const std::string& offer_name);
  base::Result<kube::Next> write(const market::Offer& offer, const api::OfferRecord& written);
  base::Result<kube::Next> create(const market::Offer& offer);
  base::Outcome remove(const api::OfferRecord& written);

  Home& home_;
  RemoteClusters& remotes_;
  const FeedTable& feeds_;
  OfferTable& table_;
  kube::Controller writer_;

  std::mutex mutex_;
  std::condition_variable_any marked_changed_;
  std::set<std::string> marked_;
  std::map<std::string, kube::WritePacer> pacers_;
  std::jthread recomputer_;
};

}  // namespace op
