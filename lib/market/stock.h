#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "market/offer.h"

namespace market {

/// The free GPUs of one offer node by node, as far as its histogram of free blocks shows: exact for nodes
/// with up to 8 free GPUs; a larger node counts as several of at most 8. The sum never exceeds the offer's
/// free_gpus; it is zero when the offer is not available. A value, for planning.
class Stock {
 public:
  static constexpr std::int64_t kMostOfNode = 8;

  /// No more than `most_nodes` nodes of a size are kept: as many as there are pods is always enough.
  Stock(const Offer& offer, std::int64_t most_nodes);

  bool has_room(std::int64_t gpus) const { return gpus <= left_ && (sizes_ >> gpus) != 0; }
  /// A node with exactly `free` GPUs free and room for `gpus` of them, if there is one.
  std::optional<std::size_t> node_with(std::int64_t free, std::int64_t gpus) const;
  /// The node that `gpus` GPUs fill best.
  std::optional<std::size_t> best_node(std::int64_t gpus) const;
  std::int64_t left() const { return left_; }

  /// Only with `gpus` GPUs free there and left.
  void take(std::size_t node, std::int64_t gpus);
  void give_back(std::size_t node, std::int64_t gpus);

 private:
  void put(std::size_t node, std::int64_t free);
  void move(std::size_t node, std::int64_t free);

  std::int64_t left_ = 0;
  std::vector<std::int64_t> free_;                               ///< by node
  std::array<std::vector<std::size_t>, kMostOfNode + 1> nodes_;  ///< by how many are free
  std::uint32_t sizes_ = 0;                                      ///< bit k: nodes_[k] is not empty
};

}  // namespace market
