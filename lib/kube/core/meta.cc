#include "kube/core/meta.h"

namespace kube {

std::string ObjectKey::text() const { return ns.empty() ? name : ns + "/" + name; }

// Linear on purpose: the maps are short, and maps built by hand need not be sorted.
const std::string* find_value(const StringMap& map, std::string_view key) {
  for (const auto& [k, v] : map) {
    if (k == key) return &v;
  }
  return nullptr;
}

std::string value_or_empty(const StringMap& map, std::string_view key) {
  const std::string* value = find_value(map, key);
  return value ? *value : std::string();
}

}  // namespace kube
