#include "burst/names.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "base/ascii.h"
#include "base/digest.h"

namespace burst {
namespace {

constexpr std::size_t kNameLength = 56;  // "-anchor" (7) still fits into a 63-character DNS label
constexpr std::size_t kReadableLength = 40;
constexpr std::size_t kDigestLength = 10;
/// For identities with text that a user chooses: 80 bits, so that nobody finds a second one.
constexpr std::size_t kLongDigestLength = 16;

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// At most `length` characters of `text` as the beginning of a DNS label.
std::string label_part(std::string_view text, std::size_t length) {
  std::string out;
  for (char c : text) {
    if (out.size() == length) break;
    c = base::to_lower(c);
    if (!is_alphanumeric(c)) c = '-';
    if (c == '-' && out.empty()) continue;
    out.push_back(c);
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.empty() ? "pod" : out;
}

}  // namespace

std::string burst_name(std::string_view pod_uid) { return "burst-" + std::string(pod_uid); }

std::string attempt_name(std::string_view pod_name, std::string_view pod_uid, std::string_view burst_uid,
                         int attempt) {
  const std::string number = std::to_string(std::max(attempt, 0));
  // '/' occurs in no UID, so no two triples share a text.
  std::string identity(pod_uid);
  identity.append("/").append(burst_uid).append("/").append(number);
  const std::string tail = "-" + base::short_digest(identity, kDigestLength) + "-" + number;
  return label_part(pod_name, std::min(kReadableLength, kNameLength - tail.size())) + tail;
}

std::string deletion_cost(market::Money per_gpu_hour, std::int64_t gpus) {
  constexpr std::int64_t kLowest = std::numeric_limits<std::int32_t>::max();
  const auto per_hour = market::cost_of(per_gpu_hour, gpus, std::chrono::hours(1)).micros / 1000;
  return std::to_string(-std::min(per_hour, kLowest));
}

std::string anchor_name(std::string_view attempt_name) { return std::string(attempt_name) + "-anchor"; }
std::string go_name(std::string_view attempt_name) { return std::string(attempt_name) + "-go"; }

std::string readable_name(std::string_view name, std::string_view identity) {
  return label_part(name, kReadableLength) + "-" + base::short_digest(identity, kLongDigestLength);
}

std::string root_name(std::string_view installation, std::string_view home_namespace) {
  std::string identity(installation);
  identity.append("/").append(home_namespace);
  return readable_name("copies-" + std::string(home_namespace), identity);
}

std::string subdomain_value(std::string_view installation, std::string_view home_namespace,
                            std::string_view subdomain) {
  std::string identity(installation);
  identity.append("/").append(home_namespace).append("/").append(subdomain);
  return readable_name(subdomain, identity);
}

}  // namespace burst
