#include "burst/translation_problems.h"

namespace burst {
namespace {

/// Enough for the owner to fix a pod, so that a pod with a thousand containers does not give a verdict of a
/// megabyte.
constexpr std::size_t kMostNamed = 5;

std::string first_few(const std::vector<std::string>& all) {
  std::string out;
  for (std::size_t i = 0; i < all.size() && i < kMostNamed; ++i) out += (i == 0 ? "" : "; ") + all[i];
  if (all.size() > kMostNamed) out += "; and " + std::to_string(all.size() - kMostNamed) + " more";
  return out;
}

}  // namespace

base::Outcome TranslationProblems::outcome() const {
  if (!never_.empty()) return base::fail(base::Code::kInvalid, "the pod cannot burst: " + first_few(never_));
  if (!policy_.empty())
    return base::fail(base::Code::kForbidden,
                      "the provider's policy does not allow it: " + first_few(policy_));
  return {};
}

}  // namespace burst
