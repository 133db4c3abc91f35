#pragma once

#include <string>
#include <vector>

#include "cli/offers/flags.h"
#include "cli/offers/search.h"

namespace cli {

/// The result, in the form asked for. Pure.
std::string print_offers(const OfferQuery& query, const SearchResult& result, OfferFormat format);

/// Notes for the reader: what is hidden, what a star means, which rules left nothing. One
/// line each.
std::vector<std::string> offer_notes(const OfferQuery& query, const SearchResult& result);

}  // namespace cli
