#pragma once

#include <vector>

#include "api/fields.h"

/// What a NeocloudProvider says of the provider itself; a provider's own price sheet has the same fields.
namespace api {

/// profile, overrides, regions, operatorJurisdiction, certifications and prices.
void read_provider_facts(const Fields& fields, ProviderRecord& record);

/// A price list (`currency`, `asOf`, `list`), appended to `lines`; `usual` is the kind of those that name
/// none.
void read_prices(const Fields& prices, market::PriceKind usual, std::vector<market::PriceLine>& lines);

}  // namespace api
