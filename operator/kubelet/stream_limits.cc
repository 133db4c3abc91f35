#include "operator/kubelet/stream_limits.h"

#include <algorithm>

namespace op {
namespace {

/// Never touched by streams: watches, requests, files.
constexpr std::size_t kOwnDescriptors = 512;
/// A client's connection and the provider's.
constexpr std::size_t kDescriptorsOfStream = 2;
/// A machine that allows us next to nothing must still let some pass.
constexpr std::size_t kLeastConnections = 16;
constexpr std::size_t kMostConnections = 1024;
/// A hundred commands at once on one node are ordinary; no node takes more than half of all, though.
constexpr std::size_t kOrdinary = 128;

}  // namespace

net::StreamServiceOptions stream_limits(std::size_t descriptors) {
  const std::size_t spare = descriptors - std::min(descriptors, kOwnDescriptors);
  const std::size_t all = std::clamp(spare / kDescriptorsOfStream, kLeastConnections, kMostConnections);
  return {.max_connections = all,
          .max_port_streams = std::min(std::max(all / 4, kOrdinary), all / 2),
          .max_newcomers = std::min(kOrdinary, all / 2)};
}

}  // namespace op
