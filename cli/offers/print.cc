#include "cli/offers/print.h"

#include <algorithm>
#include <functional>

#include "cli/output/csv.h"
#include "cli/output/joined.h"
#include "cli/output/json_text.h"
#include "cli/output/table.h"

namespace cli {
namespace {

using market::Offer;

std::string known_number(std::int64_t number) { return number > 0 ? std::to_string(number) : ""; }

std::string price_text(const Offer& offer) {
  return offer.price ? market::format_money(offer.price->per_gpu_hour) : "";
}

bool is_stale(const Offer& offer) { return offer.price && offer.price->stale; }

std::string degrees_text(std::int32_t milli) {
  const std::int32_t size = milli < 0 ? -milli : milli;
  return (milli < 0 ? "-" : "") + std::to_string(size / 1000) + "." +
         std::to_string(1000 + size % 1000).substr(1);
}

/// "" for an offer that can be used, else why not.
std::string trouble(const Offer& offer) {
  if (!offer.available) return offer.unavailable_reason.empty() ? "not available" : offer.unavailable_reason;
  return offer.gpu.shared ? "its GPUs are shared or partitioned, not whole" : "";
}

/// One column: where it is shown and what stands in it.
struct Field {
  const char* title;  ///< of the table, "" where it is not shown there
  const char* name;   ///< of the CSV file
  bool wide;          ///< only with -o wide
  bool right;
  std::function<std::string(const FoundOffer&)> text;
};

std::vector<Field> fields() {
  const auto of = [](auto get) {
    return [get](const FoundOffer& found) { return std::string(get(*found.offer)); };
  };
  return {
      {"NAME", "name", true, false, of([](const Offer& o) { return o.name; })},
      {"PROVIDER", "provider", false, false, of([](const Offer& o) { return o.provider; })},
      {"REGION", "region", false, false, of([](const Offer& o) { return o.region; })},
      {"COUNTRY", "country", false, false, of([](const Offer& o) { return o.country; })},
      {"LAW", "jurisdiction", false, false, of([](const Offer& o) { return o.jurisdiction; })},
      {"GPU", "model", false, false, of([](const Offer& o) { return o.gpu.model; })},
      {"FORM", "form", true, false, of([](const Offer& o) { return o.gpu.form; })},
      {"GIB", "memoryGiB", false, true, of([](const Offer& o) { return known_number(o.gpu.memory_gib); })},
      {"TYPE", "capacityType", true, false,
       of([](const Offer& o) { return market::to_string(o.capacity_type); })},
      {"FREE", "freeGPUs", false, true, of([](const Offer& o) { return std::to_string(o.free_gpus); })},
      {"BLOCK", "largestBlock", false, true,
       of([](const Offer& o) { return std::to_string(largest_block(o)); })},
      {"TOTAL", "totalGPUs", true, true, of([](const Offer& o) { return std::to_string(o.total_gpus); })},
      {"PRICE", "", false, true, of([](const Offer& o) { return price_text(o) + (is_stale(o) ? "*" : ""); })},
      {"", "pricePerGPUHour", false, true, of([](const Offer& o) { return price_text(o); })},
      {"CURRENCY", "currency", false, false,
       of([](const Offer& o) { return o.price ? o.price->currency : ""; })},
      {"KIND", "priceKind", true, false,
       of([](const Offer& o) { return o.price ? market::to_string(o.price->kind) : ""; })},
      {"AS-OF", "priceAsOf", true, false, of([](const Offer& o) { return o.price ? o.price->as_of : ""; })},
      {"", "priceStale", false, false,
       of([](const Offer& o) { return o.price ? (is_stale(o) ? "true" : "false") : ""; })},
      {"KM", "distanceKm", false, true,
       [](const FoundOffer& found) { return found.km ? std::to_string(*found.km) : ""; }},
      {"CERTIFICATIONS", "certifications", true, false,
       of([](const Offer& o) { return joined(o.certifications, ";"); })},
      {"", "latitude", false, true,
       of([](const Offer& o) { return o.coordinates ? degrees_text(o.coordinates->latitude_milli) : ""; })},
      {"", "longitude", false, true,
       of([](const Offer& o) { return o.coordinates ? degrees_text(o.coordinates->longitude_milli) : ""; })},
      {"AVAILABLE", "available", true, false,
       of([](const Offer& o) { return o.available ? "true" : "false"; })},
      {"TROUBLE", "trouble", true, false, of([](const Offer& o) { return trouble(o); })},
  };
}

std::string offers_as_table(const OfferQuery& query, const SearchResult& result, bool wide) {
  std::vector<Field> shown = fields();
  const bool troubled =
      std::ranges::any_of(result.found, [](const FoundOffer& f) { return !trouble(*f.offer).empty(); });
  std::erase_if(shown, [&](const Field& field) {
    const std::string_view title = field.title;
    if (title == "KM") return !query.rules.near.has_value();
    if (title == "TROUBLE") return !troubled;
    return title.empty() || (field.wide && !wide);
  });
  std::vector<Table::Column> columns;
  for (const Field& field : shown) columns.push_back({field.title, field.right});
  Table table(std::move(columns));
  for (const FoundOffer& found : result.found) {
    std::vector<std::string> cells;
    for (const Field& field : shown) cells.push_back(field.text(found));
    table.add(std::move(cells));
  }
  return table.text();
}

std::string offers_as_csv(const SearchResult& result) {
  std::vector<Field> written = fields();
  std::erase_if(written, [](const Field& field) { return std::string_view(field.name).empty(); });
  const auto line = [&](auto cell) {
    std::vector<std::string> cells;
    for (const Field& field : written) cells.push_back(cell(field));
    return csv_line(cells);
  };
  std::string out = line([](const Field& field) { return std::string(field.name); });
  for (const FoundOffer& found : result.found)
    out += line([&](const Field& field) { return field.text(found); });
  return out;
}

nlohmann::ordered_json found_offer_document(const FoundOffer& found) {
  const Offer& o = *found.offer;
  const auto known = [](const std::string& text) {
    return text.empty() ? nlohmann::ordered_json() : nlohmann::ordered_json(text);
  };
  nlohmann::ordered_json price;  // null: unknown
  if (o.price) {
    price = {{"perGPUHour", price_text(o)},
             {"currency", o.price->currency},
             {"kind", market::to_string(o.price->kind)},
             {"asOf", known(o.price->as_of)},
             {"stale", o.price->stale}};
  }
  nlohmann::ordered_json place;
  if (o.coordinates) {
    place = {{"latitude", degrees_text(o.coordinates->latitude_milli)},
             {"longitude", degrees_text(o.coordinates->longitude_milli)}};
  }
  nlohmann::ordered_json out = {{"name", o.name},
                                {"provider", o.provider},
                                {"region", known(o.region)},
                                {"country", known(o.country)},
                                {"jurisdiction", known(o.jurisdiction)},
                                {"certifications", o.certifications},
                                {"coordinates", place}};
  out["distanceKm"] = found.km ? nlohmann::ordered_json(*found.km) : nlohmann::ordered_json();
  out["gpu"] = {{"model", known(o.gpu.model)}, {"form", known(o.gpu.form)}, {"shared", o.gpu.shared}};
  out["gpu"]["memoryGiB"] =
      o.gpu.memory_gib > 0 ? nlohmann::ordered_json(o.gpu.memory_gib) : nlohmann::ordered_json();
  out["capacityType"] = market::to_string(o.capacity_type);
  out["price"] = price;
  out["gpus"] = {{"total", o.total_gpus},
                 {"free", o.free_gpus},
                 {"largestBlock", largest_block(o)},
                 {"freeBlocks", o.free_blocks}};
  out["available"] = o.available;
  out["trouble"] = known(trouble(o));
  return out;
}

std::string offers_as_json(const SearchResult& result) {
  nlohmann::ordered_json offers = nlohmann::ordered_json::array();
  for (const FoundOffer& found : result.found) offers.push_back(found_offer_document(found));
  return json_text({{"offers", offers}, {"hidden", result.hidden}});
}

}  // namespace

std::string print_offers(const OfferQuery& query, const SearchResult& result, OfferFormat format) {
  switch (format) {
    case OfferFormat::kJson:
      return offers_as_json(result);
    case OfferFormat::kCsv:
      return offers_as_csv(result);
    case OfferFormat::kTable:
    case OfferFormat::kWide:
      break;
  }
  return result.found.empty() ? "" : offers_as_table(query, result, format == OfferFormat::kWide);
}

std::vector<std::string> offer_notes(const OfferQuery& query, const SearchResult& result) {
  std::vector<std::string> notes;
  if (result.found.empty()) {
    std::string text;
    for (const auto& [rule, count] : result.stopped) {
      text +=
          (text.empty() ? "; kept out by " : ", ") + std::string(rule) + " (" + std::to_string(count) + ")";
    }
    notes.push_back("no offer fits" + text);
  } else if (query.price_matters) {
    const auto foreign = std::ranges::find(result.stopped, std::string_view("currency"),
                                           &std::pair<std::string_view, std::size_t>::first);
    if (foreign != result.stopped.end()) {
      notes.push_back(std::to_string(foreign->second) + " not compared, their price is not in " +
                      query.rules.currency + " (see --currency)");
    }
  }
  if (result.hidden > 0) {
    notes.push_back(std::to_string(result.hidden) +
                    " hidden that cannot be used now; --all shows them and why");
  }
  if (std::ranges::any_of(result.found, [](const FoundOffer& found) { return is_stale(*found.offer); })) {
    notes.push_back("* the price is older than the staleness limit");
  }
  return notes;
}

}  // namespace cli
