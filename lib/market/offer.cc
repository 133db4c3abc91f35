#include "market/offer.h"

#include <cstdlib>

#include "base/ascii.h"
#include "base/digest.h"

namespace market {
namespace {

constexpr std::size_t kLabelLength = 63;
constexpr std::size_t kDigestLength = 10;

/// `name`, or its beginning with a digest of the whole where it is longer than `length`.
std::string cut_name(std::string name, std::size_t length) {
  if (name.size() <= length) return name;
  const std::string digest = base::short_digest(name, kDigestLength);
  name.resize(length - kDigestLength - 1);
  while (!name.empty() && (name.back() == '-' || name.back() == '.')) name.pop_back();
  return name + "-" + digest;
}

/// Appends `text` with everything that is not a letter or digit as single dashes, in lower case.
void append_part(std::string& out, std::string_view text) {
  for (char c : text) {
    c = base::to_lower(c);
    const bool keep = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (keep) {
      out.push_back(c);
    } else if (!out.empty() && out.back() != '-') {
      out.push_back('-');
    }
  }
  if (!out.empty() && out.back() != '-') out.push_back('-');
}

}  // namespace

std::string_view to_string(CapacityType type) {
  switch (type) {
    case CapacityType::kOnDemand:
      return "OnDemand";
    case CapacityType::kSpot:
      return "Spot";
    case CapacityType::kReserved:
      return "Reserved";
  }
  std::abort();
}

std::string_view to_string(PriceKind kind) {
  switch (kind) {
    case PriceKind::kContract:
      return "Contract";
    case PriceKind::kPublished:
      return "Published";
    case PriceKind::kFeed:
      return "Feed";
    case PriceKind::kList:
      return "List";
  }
  std::abort();
}

std::string burst_node_name(std::string_view offer_name) {
  return cut_name(std::string(kBurstNodePrefix) + std::string(offer_name), kLabelLength);
}

bool is_burst_node(std::string_view node_name) { return node_name.starts_with(kBurstNodePrefix); }

std::string offer_name(std::string_view provider, std::string_view region, std::string_view model,
                       CapacityType type) {
  std::string name;
  append_part(name, provider);
  append_part(name, region);
  append_part(name, model);
  append_part(name, to_string(type));
  name.pop_back();  // the last dash
  // So that the burst node's name holds it whole.
  return cut_name(std::move(name), kLabelLength - kBurstNodePrefix.size());
}

}  // namespace market
