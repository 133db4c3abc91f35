#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/status.h"
#include "cli/offers/search.h"

namespace cli {

enum class OfferFormat { kTable, kWide, kJson, kCsv };

/// The flags of `offers` as they were typed.
struct OfferFlags {
  std::vector<std::string> gpus = {};
  std::int64_t min_free = 0;
  std::int64_t min_memory_gib = 0;
  std::vector<std::string> countries = {};
  std::vector<std::string> jurisdictions = {};
  std::vector<std::string> exclude_jurisdictions = {};
  std::vector<std::string> certifications = {};
  std::vector<std::string> capacity_types = {};
  std::vector<std::string> providers = {};
  std::string near = {};
  std::int64_t max_distance_km = 0;
  std::string max_price = {};
  std::string currency = {};
  bool all = false;
  OfferSort sort = OfferSort::kPrice;
  OfferFormat format = OfferFormat::kTable;
};

struct CheckedOfferFlags {
  OfferQuery query;
  std::vector<std::string> notes;  ///< arguments that were perhaps understood in another way than meant
};

/// Invalid names the flag and the fix.
base::Result<CheckedOfferFlags> check_offer_flags(const OfferFlags& flags);

}  // namespace cli
