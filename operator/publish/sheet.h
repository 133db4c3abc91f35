#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/records.h"
#include "base/status.h"
#include "market/price_list.h"

namespace op {

/// The terms for one tenant of the provider.
struct Tenant {
  std::string name;                       ///< value of the label neoburst.io/tenant
  std::optional<std::int64_t> max_gpus;   ///< the most that any one of its offers shows
  std::vector<std::string> models;        ///< canonical; empty: every model
  std::vector<market::PriceLine> prices;  ///< these go before the sheet's
};

/// A provider's price sheet: what it publishes in addition to what its nodes show.
struct Sheet {
  /// The facts and prices as a customer's NeocloudProvider has them; its name is the provider's.
  api::ProviderRecord provider;
  std::map<std::string, std::int64_t> reserve;  ///< GPUs kept back of every offer, by model
  std::vector<Tenant> tenants;                  ///< empty: one offer for everybody
};

/// Reads a sheet of at most 256 KiB; docs/publishing.md has every field. Invalid names the place and the
/// fix, after `origin`: "sheet.yaml: prices.list[0].modle: unknown key; did you mean model?".
base::Result<Sheet> parse_sheet(std::string_view text, std::string_view origin);
base::Result<Sheet> load_sheet(const std::filesystem::path& file);

}  // namespace op
