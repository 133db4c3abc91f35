#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/records.h"
#include "kube/core/node_record.h"
#include "market/offer.h"
#include "operator/feeds/feed_table.h"
#include "operator/remote/published_offers.h"

namespace op {

/// A pod at the provider that holds or will hold GPUs.
struct PodUse {
  std::string node;  ///< "" while it is not placed
  std::int64_t gpus = 0;
  bool ours = false;  ///< a twin of this installation
};

/// All that offers of one provider are made from. A value; filled by the offer controller.
struct ProviderView {
  std::shared_ptr<const api::ProviderRecord> provider;
  base::Time now;  ///< for the age of prices
  /// Why nothing new may burst there, "" when it may.
  std::string unavailable;
  /// The provider's nodes are known; else capacity is what the provider's owner declared.
  bool nodes_known = false;
  std::vector<std::shared_ptr<const kube::NodeRecord>> nodes;
  /// Non-terminal pods that ask for GPUs: all of the provider's where they may be read, else our twins.
  std::vector<PodUse> pods;
  /// GPUs of our live attempts by offer name: they count against declared capacity, where nodes report
  /// nothing.
  std::map<std::string, std::int64_t> held;
  /// Its price feed; nullopt where it has none, or before the first poll.
  std::optional<FeedState> feed;
  /// What it publishes in its own cluster, as read.
  OfferRecords published;
};

/// The offers of one provider: its nodes grouped by region, GPU and capacity type, plus what is declared and
/// what the provider publishes. Pure.
///
/// - total: allocatable GPUs of usable nodes, plus what our twins hold on nodes that became unusable, so that
///   the burst node never has less room than its pods. It does not depend on who uses the GPUs.
/// - free: per node, allocatable less the requests of pods placed there. Declared capacity: less what we
///   hold.
/// - A published offer that is not outdated goes before both; the owner's own facts go before its claims.
/// - limits.maxGPUs caps both.
std::vector<market::Offer> build_offers(const ProviderView& view);

/// Lets no more than `most` GPUs of the offer be free. Pure.
void limit_free(market::Offer& offer, std::int64_t most);

}  // namespace op
