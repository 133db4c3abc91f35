#include "cli/offers/flags.h"

#include <algorithm>

#include "market/cities.h"
#include "market/gpu.h"
#include "market/money.h"
#include "market/place.h"

namespace cli {
namespace {

auto invalid_offer_flag(const std::string& flag, const std::string& what) {
  return base::fail(base::Code::kInvalid, flag + ": " + what);
}

/// "A100-80GB" says more than the model it is read as.
std::string model_note(const std::string& typed, const std::string& model) {
  const market::GpuIdentity exact = market::identify_gpu(typed, 0);
  const bool sized = market::identify_gpu(model, 0).memory_gib == 0 && exact.memory_gib > 0;
  const bool formed = market::identify_gpu(model, 0).form.empty() && !exact.form.empty();
  if (!sized && !formed) return {};
  return "--gpu " + typed + " is read as " + model +
         (sized ? "; add --min-memory " + std::to_string(exact.memory_gib) + " to leave smaller ones out"
                : ", of any form");
}

base::Outcome read_models(const OfferFlags& flags, CheckedOfferFlags& out) {
  for (const std::string& typed : flags.gpus) {
    const auto model = market::canonical_model(typed);
    if (!model) {
      return invalid_offer_flag("--gpu",
                                "\"" + typed + "\" is not a GPU model; known are " + market::known_models());
    }
    out.query.rules.models.push_back(*model);
    if (auto note = model_note(typed, *model); !note.empty()) out.notes.push_back(std::move(note));
  }
  return {};
}

base::Outcome read_countries(const char* flag, const std::vector<std::string>& entries,
                             market::Countries& out) {
  auto countries = market::resolve_countries(entries);
  if (!countries) return base::fail(std::move(countries.error()).with_context(flag));
  out = std::move(*countries);
  return {};
}

base::Outcome read_law(const OfferFlags& flags, market::ClaimRules& rules) {
  if (auto read = read_countries("--country", flags.countries, rules.countries); !read) return read;
  if (auto read = read_countries("--jurisdiction", flags.jurisdictions, rules.operator_jurisdictions); !read)
    return read;
  rules.certifications = flags.certifications;
  return read_countries("--exclude-jurisdiction", flags.exclude_jurisdictions, rules.exclude_jurisdictions);
}

base::Outcome read_capacity_types(const OfferFlags& flags, market::ClaimRules& rules) {
  using market::CapacityType;
  constexpr CapacityType kTypes[] = {CapacityType::kOnDemand, CapacityType::kSpot, CapacityType::kReserved};
  // In a claim no type means OnDemand; in a search no type means all.
  if (flags.capacity_types.empty()) rules.capacity_types.assign(std::begin(kTypes), std::end(kTypes));
  for (const std::string& typed : flags.capacity_types) {
    const auto* type = std::ranges::find(kTypes, typed, [](CapacityType t) { return market::to_string(t); });
    if (type == std::end(kTypes)) {
      return invalid_offer_flag("--capacity-type",
                                "\"" + typed + "\" is not one of OnDemand, Spot, Reserved");
    }
    rules.capacity_types.push_back(*type);
  }
  return {};
}

base::Outcome read_place(const OfferFlags& flags, market::ClaimRules& rules) {
  if (flags.near.empty()) {
    if (flags.max_distance_km > 0)
      return invalid_offer_flag("--max-distance", "needs --near, to measure from");
    if (flags.sort == OfferSort::kDistance)
      return invalid_offer_flag("--sort distance", "needs --near, to measure from");
    return {};
  }
  auto place = market::parse_place(flags.near);
  if (!place) return base::fail(std::move(place.error()).with_context("--near"));
  rules.near = *place;
  rules.max_distance_km = flags.max_distance_km;
  return {};
}

base::Outcome read_price(const OfferFlags& flags, OfferQuery& query) {
  if (!flags.currency.empty()) {
    const bool code = flags.currency.size() == 3 &&
                      std::ranges::all_of(flags.currency, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!code) {
      return invalid_offer_flag(
          "--currency",
          "\"" + flags.currency + "\" is not a currency code: three capital letters such as USD or EUR");
    }
    query.rules.currency = flags.currency;
    query.price_matters = true;
  }
  if (flags.max_price.empty()) return {};
  auto cap = market::parse_money(flags.max_price);
  if (!cap) return base::fail(std::move(cap.error()).with_context("--max-price"));
  query.rules.max_per_gpu_hour = *cap;
  query.price_matters = true;
  return {};
}

}  // namespace

base::Result<CheckedOfferFlags> check_offer_flags(const OfferFlags& flags) {
  CheckedOfferFlags out;
  OfferQuery& query = out.query;
  query.rules.min_memory_gib = flags.min_memory_gib;
  query.rules.allow_providers = flags.providers;
  query.min_free = flags.min_free;
  query.all = flags.all;
  query.sort = flags.sort;
  auto read = read_models(flags, out);
  if (read) read = read_law(flags, query.rules);
  if (read) read = read_capacity_types(flags, query.rules);
  if (read) read = read_place(flags, query.rules);
  if (read) read = read_price(flags, query);
  if (!read) return base::fail(std::move(read.error()));
  return out;
}

}  // namespace cli
