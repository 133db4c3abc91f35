#include "operator/kubelet/node_permission.h"

#include <algorithm>
#include <array>
#include <utility>

namespace op {
namespace {

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kVerbs{
    {{"GET", "get"}, {"POST", "create"}, {"PUT", "update"}, {"PATCH", "patch"}, {"DELETE", "delete"}}};

/// A rule for the first segment of a path; every other segment is `proxy`.
struct Segment {
  std::string_view name;
  std::string_view subresource;
  bool fine_grained;  ///< KubeletFineGrainedAuthz: tried first, `proxy` will do as well
};
constexpr std::array<Segment, 8> kSegments{{{"stats", "stats", false},
                                            {"metrics", "metrics", false},
                                            {"logs", "log", false},
                                            {"checkpoint", "checkpoint", false},
                                            {"pods", "pods", true},
                                            {"runningpods", "pods", true},
                                            {"healthz", "healthz", true},
                                            {"configz", "configz", true}}};

constexpr std::string_view kProxy = "proxy";

/// The first segment of a path that has one reading only, else "": "/stats/../exec" must not pass for
/// statistics, whichever code resolves it later.
std::string_view first_segment(std::string_view path) {
  path = path.substr(0, path.find('?'));
  const bool plain = path.starts_with('/') && path.find_first_of("%\\;#") == std::string_view::npos &&
                     path.find("//") == std::string_view::npos && path.find("/.") == std::string_view::npos;
  if (!plain) return {};
  path.remove_prefix(1);
  return path.substr(0, path.find('/'));
}

}  // namespace

NodePermission required_permission(std::string_view method, std::string_view path, bool upgrade) {
  NodePermission needed;
  const auto* verb = std::ranges::find(kVerbs, method, &std::pair<std::string_view, std::string_view>::first);
  if (verb != kVerbs.end()) needed.verbs.emplace_back(verb->second);
  if (upgrade && method == "GET") needed.verbs.emplace_back("create");

  const auto* segment = std::ranges::find(kSegments, first_segment(path), &Segment::name);
  if (segment != kSegments.end()) needed.subresources.emplace_back(segment->subresource);
  if (segment == kSegments.end() || segment->fine_grained) needed.subresources.emplace_back(kProxy);
  return needed;
}

std::string forbidden_text(std::string_view user, const NodePermission& permission) {
  const auto joined = [](const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
  };
  return "Forbidden (user=" + std::string(user) + ", verb=" + joined(permission.verbs) +
         ", resource=nodes, subresource(s)=[" + joined(permission.subresources) + "])\n";
}

}  // namespace op
