#include "kube/core/resource.h"

#include "net/http.h"

namespace kube {

namespace {

// Unreserved characters only: stricter than a path segment needs, but every server understands it, and a name
// such as "../x" or "a?b" cannot leave its segment.
void append_segment(std::string& path, std::string_view segment) {
  path += '/';
  path += net::encode_query_value(segment);
}

}  // namespace

std::string Resource::api_version() const {
  if (group.empty()) return std::string(version);
  return std::string(group) + "/" + std::string(version);
}

std::string Resource::path(std::string_view ns, std::string_view name, std::string_view subresource) const {
  std::string path = group.empty() ? "/api" : "/apis";
  if (!group.empty()) append_segment(path, group);
  append_segment(path, version);
  if (namespaced && !ns.empty()) {
    append_segment(path, "namespaces");
    append_segment(path, ns);
  }
  append_segment(path, plural);
  if (!name.empty()) append_segment(path, name);
  if (!subresource.empty()) append_segment(path, subresource);
  return path;
}

}  // namespace kube
