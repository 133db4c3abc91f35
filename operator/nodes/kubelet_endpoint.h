#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace op {

/// Where a burst node's kubelet API is served.
struct KubeletEndpoint {
  std::string address;  ///< published as the node's only address, of type InternalIP
  std::uint16_t port = 0;
  bool operator==(const KubeletEndpoint&) const = default;
};

/// Gives a burst node its endpoint, opening it where needed; `published` is the port that the Node names
/// already, 0 when it names none. Nullopt when it can have none.
using KubeletEndpoints =
    std::function<std::optional<KubeletEndpoint>(const std::string& node, std::uint16_t published)>;

}  // namespace op
