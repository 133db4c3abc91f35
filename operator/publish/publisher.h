#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "kube/runtime/controller.h"
#include "kube/runtime/informer.h"
#include "kube/runtime/write_pacer.h"
#include "operator/publish/listing.h"

namespace op {

/// Merge patches that bring a GPUOffer to its wanted state; empty objects where nothing differs.
struct ListingChange {
  nlohmann::json spec;
  nlohmann::json labels;
  nlohmann::json status;
  bool empty() const { return spec.empty() && labels.empty() && status.empty(); }
};

/// Keeps the GPUOffers that a provider publishes in its own cluster in step with its nodes, pods and price
/// sheet. Each is written when it changed, at most once a second, and at least every half minute for its
/// observedTime. It is not written while nodes or pods cannot be read, so that customers see that it is
/// stale. Every write is held to the version it was decided on. Objects without the label
/// neoburst.io/published or of another provider's sheet are never touched.
class Publisher {
 public:
  /// `sheet.provider` must be under its profile (profiled_provider.h) and have no problem.
  Publisher(kube::Client& client, const base::Clock& clock, Sheet sheet);
  ~Publisher();
  /// Fills the caches; does not write.
  void watch();
  bool synced() const;
  /// Begins to write. With synced caches, while this replica leads.
  void lead();
  void stop();

 private:
  void recompute();
  std::optional<Listing> find(const std::string& name) const;
  /// Nodes and pods are as the API server has them, as far as we know.
  bool reads_well() const;
  base::Result<kube::Next> reconcile(const std::string& name);
  base::Result<kube::Next> create(const Listing& listing);
  base::Result<kube::Next> write(const Listing& listing, const api::OfferRecord& written);
  base::Outcome put(const kube::ObjectMeta& meta, const ListingChange& change);
  base::Result<kube::Next> withdraw(const std::string& name, const api::OfferRecord* written);

  kube::Client& client_;
  const base::Clock& clock_;
  const Sheet sheet_;
  kube::Informer<kube::NodeRecord> nodes_;
  kube::Informer<kube::PodRecord> pods_;
  kube::Informer<api::OfferRecord> offers_;

  mutable std::mutex mutex_;
  std::map<std::string, Listing> listings_;
  std::map<std::string, kube::WritePacer> pacers_;
  kube::Controller counter_;  ///< of one key: counts what is free
  kube::Controller writer_;   ///< of the names of GPUOffers
};

}  // namespace op
