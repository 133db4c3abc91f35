#include "market/stock.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace market {
namespace {

using Histogram = std::array<std::int64_t, Stock::kMostOfNode>;

/// How many nodes have exactly k GPUs free (index k-1). blocks[j-1] is the sum over nodes of free / j, so the
/// large nodes can be read off first and their share subtracted.
Histogram nodes_by_free(const Histogram& blocks) {
  Histogram rest = blocks;
  Histogram nodes{};
  for (std::int64_t k = Stock::kMostOfNode; k >= 1; --k) {
    std::int64_t count = std::numeric_limits<std::int64_t>::max();
    for (std::int64_t j = 1; j <= k; ++j) {
      count = std::min(count, rest[static_cast<std::size_t>(j - 1)] / (k / j));
    }
    count = std::max<std::int64_t>(count, 0);
    for (std::int64_t j = 1; j <= k; ++j) rest[static_cast<std::size_t>(j - 1)] -= count * (k / j);
    nodes[static_cast<std::size_t>(k - 1)] = count;
  }
  return nodes;
}

}  // namespace

Stock::Stock(const Offer& offer, std::int64_t most_nodes) {
  if (!offer.available) return;
  left_ = std::max<std::int64_t>(offer.free_gpus, 0);
  const Histogram nodes = nodes_by_free(offer.free_blocks);
  for (std::size_t k = 1; k <= nodes.size(); ++k) {
    const std::int64_t count = std::min(nodes[k - 1], most_nodes);
    for (std::int64_t i = 0; i < count; ++i) {
      free_.push_back(static_cast<std::int64_t>(k));
      put(free_.size() - 1, free_.back());
    }
  }
}

std::optional<std::size_t> Stock::node_with(std::int64_t free, std::int64_t gpus) const {
  const auto& nodes = nodes_[static_cast<std::size_t>(free)];
  if (gpus > free || gpus > left_ || nodes.empty()) return std::nullopt;
  return nodes.back();
}

std::optional<std::size_t> Stock::best_node(std::int64_t gpus) const {
  if (!has_room(gpus)) return std::nullopt;
  return node_with(gpus + std::countr_zero(sizes_ >> gpus), gpus);
}

void Stock::take(std::size_t node, std::int64_t gpus) {
  left_ -= gpus;
  move(node, free_[node] - gpus);
}

void Stock::give_back(std::size_t node, std::int64_t gpus) {
  left_ += gpus;
  move(node, free_[node] + gpus);
}

void Stock::put(std::size_t node, std::int64_t free) {
  free_[node] = free;
  nodes_[static_cast<std::size_t>(free)].push_back(node);
  sizes_ |= 1U << free;
}

void Stock::move(std::size_t node, std::int64_t free) {
  auto& from = nodes_[static_cast<std::size_t>(free_[node])];
  // Searched from the end: the last one taken is given back first.
  from.erase(std::next(std::find(from.rbegin(), from.rend(), node)).base());
  if (from.empty()) sizes_ &= ~(1U << free_[node]);
  put(node, free);
}

}  // namespace market
