#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace op {

/// The permission on `nodes` for a request to a burst node: each of `verbs`, on at least one of
/// `subresources`, which are tried in this order.
struct NodePermission {
  std::vector<std::string> verbs;
  std::vector<std::string> subresources;
  bool operator==(const NodePermission&) const = default;
};

/// The permission that a kubelet would ask for. `path` may carry a query. An upgrade by GET needs `create`
/// besides `get`; otherwise a user who may only look could exec, by WebSocket. No verbs for a method that no
/// kubelet knows: nobody is allowed that.
NodePermission required_permission(std::string_view method, std::string_view path, bool upgrade);

/// The body of a 403, as a kubelet writes it.
std::string forbidden_text(std::string_view user, const NodePermission& permission);

}  // namespace op
