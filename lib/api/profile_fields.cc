#include "api/profile_fields.h"

#include <algorithm>
#include <tuple>

#include "api/rule_fields.h"
#include "base/time_text.h"

namespace api {
namespace {

using market::AutoscalingMode;
using market::CapacityMark;
using market::Toleration;

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_word(std::string_view text, std::size_t longest, std::string_view marks) {
  if (text.empty() || text.size() > longest) return false;
  if (!is_alphanumeric(text.front()) || !is_alphanumeric(text.back())) return false;
  return std::ranges::all_of(text, [&](char c) { return is_alphanumeric(c) || marks.contains(c); });
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 60)) + "\""; }

void check_name(const Fields& fields, std::string_view where, std::string_view what, std::string_view text) {
  if (is_qualified_name(text)) return;
  fields.complain(
      where, in_quotes(text) + " is not the name of a " + std::string(what) + ", such as nvidia.com/gpu");
}

/// The key and the value of a label or taint; a value may be empty.
void read_key_value(const Fields& fields, std::string_view what, std::string& key, std::string& value) {
  key = fields.text("key");
  value = fields.text("value");
  if (key.empty()) {
    fields.complain("key", "is required: the key of the " + std::string(what));
  } else {
    check_name(fields, "key", what, key);
  }
  if (!value.empty() && !is_word(value, 63, "-_.")) {
    fields.complain("value", in_quotes(value) + " is not the value of a " + std::string(what) +
                                 ": at most 63 letters, digits, dots, dashes and underscores");
  }
}

Toleration read_toleration(const Fields& fields) {
  fields.only({"key", "operator", "value", "effect"});
  Toleration out;
  read_key_value(fields, "taint", out.key, out.value);
  out.any_value = fields.one_of("operator", false, {{"Equal", false}, {"Exists", true}});
  if (out.any_value && !out.value.empty())
    fields.complain("value", "must be left out for the operator Exists");
  out.effect = fields.one_of<std::string>(
      "effect", "",
      {{"NoSchedule", "NoSchedule"}, {"PreferNoSchedule", "PreferNoSchedule"}, {"NoExecute", "NoExecute"}});
  return out;
}

void read_tolerations(const Fields& fields, std::string_view key, std::vector<Toleration>& out) {
  if (!fields.has(key)) return;
  out.clear();
  fields.each(key, [&](const Fields& each) { out.push_back(read_toleration(each)); });
}

std::pair<std::string_view, AutoscalingMode> named(AutoscalingMode mode) {
  return {market::to_string(mode), mode};
}

void read_profile_region(const Fields& fields, market::ProfileRegion& region) {
  using market::Precision;
  fields.only({"name", "country", "latitude", "longitude", "precision", "place"});
  region.name = fields.text("name");
  if (region.name.empty()) fields.complain("name", "is required");
  if (fields.has("country")) region.country = read_country(fields, "country");
  if (fields.has("latitude") || fields.has("longitude")) region.coordinates = read_coordinates(fields);
  region.precision = fields.one_of("precision", region.precision,
                                   {{"Unknown", Precision::kUnknown},
                                    {"Country", Precision::kCountry},
                                    {"State", Precision::kState},
                                    {"City", Precision::kCity}});
  region.place = fields.text("place", region.place);
}

/// A calendar date, "2026-09-20".
std::string read_date(const Fields& fields, std::string_view key, const std::string& otherwise) {
  std::string date = fields.text(key, otherwise);
  const bool ok = date.empty() || (date.size() == 10 && base::parse_time(date + "T00:00:00Z"));
  if (!ok) fields.complain(key, in_quotes(date) + " is not a date such as \"2026-09-20\"");
  return date;
}

std::string read_currency(const Fields& fields, const std::string& otherwise) {
  std::string currency = fields.text("currency", otherwise);
  const bool ok =
      currency.size() == 3 && std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!ok)
    fields.complain("currency", in_quotes(currency) + " is not three capital letters such as USD (ISO 4217)");
  return currency;
}

/// `all` has the values for the whole list.
market::ListPrice read_list_price(const Fields& fields, const market::ListPrice& all) {
  fields.only({"model", "form", "memoryGiB", "region", "capacityType", "perHour", "gpus", "currency", "asOf",
               "source"});
  market::ListPrice out;
  out.model = read_model(fields, "model");
  if (out.model.empty()) fields.complain("model", "is required");
  out.form = fields.one_of<std::string>("form", "", {{"SXM", "SXM"}, {"PCIe", "PCIe"}, {"NVL", "NVL"}});
  out.memory_gib = read_at_least(fields, "memoryGiB", 1, 0);
  out.region = fields.text("region");
  out.capacity_type = read_capacity_type(fields, "capacityType");
  out.gpus = read_at_least(fields, "gpus", 1, 0);
  out.currency = read_currency(fields, all.currency);
  out.as_of = read_date(fields, "asOf", all.as_of);
  out.source = fields.text("source", all.source);
  if (const auto price = fields.money("perHour")) out.per_hour = *price;
  if (fields.text("perHour").empty()) fields.complain("perHour", "is required, such as \"2.95\"");
  if (out.as_of.empty()) fields.complain("asOf", "is required: the date of the price");
  return out;
}

bool same_goods(const market::ListPrice& a, const market::ListPrice& b) {
  const auto goods = [](const market::ListPrice& p) {
    return std::tie(p.model, p.form, p.memory_gib, p.region, p.capacity_type, p.gpus);
  };
  return goods(a) == goods(b);
}

}  // namespace

bool is_qualified_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return is_word(text, 63, "-_.");
  return is_word(text.substr(0, slash), 253, "-.") && is_word(text.substr(slash + 1), 63, "-_.");
}

void read_names(const Fields& fields, std::string_view key, std::string_view what,
                std::vector<std::string>& names) {
  if (!fields.has(key)) return;
  names = fields.texts(key);
  std::size_t index = 0;
  for (const std::string& name : names) {
    check_name(fields, std::string(key) + "[" + std::to_string(index++) + "]", what, name);
  }
}

void read_taints(const Fields& taints, market::Profile& profile) {
  taints.only({"tolerate", "tolerateForSpot", "neverTolerate"});
  read_tolerations(taints, "tolerate", profile.tolerations);
  read_tolerations(taints, "tolerateForSpot", profile.spot_tolerations);
  read_tolerations(taints, "neverTolerate", profile.never_tolerate);
}

void read_capacity_marks(const Fields& fields, std::string_view key, std::vector<CapacityMark>& marks) {
  using Kind = CapacityMark::Kind;
  if (!fields.has(key)) return;
  marks.clear();
  fields.each(key, [&](const Fields& each) {
    each.only({"kind", "key", "value", "capacityType"});
    CapacityMark mark;
    mark.kind = each.one_of("kind", mark.kind, {{"Label", Kind::kLabel}, {"Taint", Kind::kTaint}});
    read_key_value(each, mark.kind == Kind::kLabel ? "label" : "taint", mark.key, mark.value);
    if (!each.has("capacityType")) each.complain("capacityType", "is required: Spot, Reserved or OnDemand");
    mark.type = read_capacity_type(each, "capacityType");
    marks.push_back(std::move(mark));
  });
}

void read_autoscaling(const Fields& fields, market::Autoscaling& autoscaling) {
  fields.only({"mode", "provisioningDeadline", "neverModels"});
  autoscaling.mode = fields.one_of("mode", autoscaling.mode,
                                   {named(AutoscalingMode::kUnknown), named(AutoscalingMode::kNone),
                                    named(AutoscalingMode::kOptIn), named(AutoscalingMode::kOnDemand)});
  autoscaling.provisioning_deadline =
      fields.duration("provisioningDeadline", autoscaling.provisioning_deadline);
  if (fields.has("neverModels")) autoscaling.never_models = read_models(fields, "neverModels");
}

void read_commitment(const Fields& fields, market::Commitment& commitment) {
  fields.only({"gpus", "duration"});
  commitment.gpus = read_at_least(fields, "gpus", 0, commitment.gpus);
  commitment.duration = fields.duration("duration", commitment.duration);
}

void read_regions(const Fields& fields, std::string_view key, std::vector<market::ProfileRegion>& regions) {
  std::vector<std::string> seen;
  fields.each(key, [&](const Fields& each) {
    const std::string name = each.text("name");
    if (std::ranges::find(seen, name) != seen.end()) {
      each.complain("name", in_quotes(name) + " is listed twice; a region has one entry");
      return;
    }
    seen.push_back(name);
    auto at = std::ranges::find(regions, name, &market::ProfileRegion::name);
    if (at == regions.end()) at = regions.emplace(at);
    read_profile_region(each, *at);
  });
}

void read_access(const Fields& fields, market::Access& access) {
  using market::AuthMethod;
  fields.only({"method", "command", "notes"});
  access.method = fields.one_of("method", access.method,
                                {{"Unknown", AuthMethod::kUnknown},
                                 {"Token", AuthMethod::kToken},
                                 {"ClientCertificate", AuthMethod::kClientCertificate},
                                 {"Exec", AuthMethod::kExec}});
  access.command = fields.text("command", access.command);
  access.notes = fields.text("notes", access.notes);
}

std::vector<market::ListPrice> read_list_prices(const Fields& prices) {
  prices.only({"currency", "asOf", "source", "list"});
  market::ListPrice all;
  all.currency = read_currency(prices, all.currency);
  all.as_of = read_date(prices, "asOf", "");
  all.source = prices.text("source");
  std::vector<market::ListPrice> out;
  prices.each("list", [&](const Fields& each) {
    market::ListPrice price = read_list_price(each, all);
    if (std::ranges::any_of(out, [&](const auto& other) { return same_goods(price, other); })) {
      each.complain(
          "", "the same model, form, memory, region, capacity type and number of GPUs has a price above");
    }
    out.push_back(std::move(price));
  });
  return out;
}

}  // namespace api
