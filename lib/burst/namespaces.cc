#include "burst/namespaces.h"

#include <algorithm>

namespace burst {
namespace {

/// Leaves half of the name to the home namespace.
constexpr std::size_t kLongestPrefix = 31;

bool is_label_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }

}  // namespace

base::Result<std::string> NamespaceRule::of(std::string_view home_namespace) const {
  if (!mapped()) return given;
  std::string name = prefix + std::string(home_namespace);
  if (name.size() <= kLongestNamespace) return name;
  return base::fail(base::Code::kInvalid,
                    "the namespace \"" + name + "\" at the provider would have " +
                        std::to_string(name.size()) + " characters, and " +
                        std::to_string(kLongestNamespace) +
                        " are allowed: shorten the provider's spec.remoteNamespacePrefix or use a namespace "
                        "with a shorter name");
}

std::string prefix_problem(std::string_view prefix) {
  if (prefix.empty()) return {};
  if (prefix.front() == '-' || !std::ranges::all_of(prefix, is_label_character)) {
    return "use lower-case letters, digits and dashes, not beginning with a dash, such as \"acme-\"";
  }
  if (prefix.size() > kLongestPrefix) {
    return "has more than " + std::to_string(kLongestPrefix) + " characters: namespaces must fit behind it";
  }
  for (const std::string_view reserved : {"kube-", "openshift-"}) {
    if (prefix.starts_with(reserved)) {
      return "leads into the namespaces \"" + std::string(reserved) + "...\" of the cluster itself";
    }
  }
  return {};
}

}  // namespace burst
