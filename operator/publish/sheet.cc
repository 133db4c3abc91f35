#include "operator/publish/sheet.h"

#include <algorithm>
#include <fstream>
#include <set>
#include <utility>

#include "api/provider_fields.h"
#include "api/rule_fields.h"
#include "base/time_text.h"
#include "market/gpu.h"
#include "profiles/yaml_json.h"

namespace op {
namespace {

using api::Fields;

constexpr std::size_t kLargestFile = 256 * 1024;
// The limits of GPUOffer's schema; a provider with more tenants should give each a cluster.
constexpr std::size_t kMostTenants = 256;

std::string in_quotes(std::string_view text) { return "\"" + std::string(text.substr(0, 70)) + "\""; }

/// The name of a provider or tenant: it becomes part of an object's name, and a label.
void check_name(const Fields& fields, std::string_view key, std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  if (name.empty()) return fields.complain(key, "is required");
  if (name.size() > api::kLongestOfferName || name.front() == '-' || name.back() == '-' ||
      !std::ranges::all_of(name, is_plain)) {
    fields.complain(key,
                    in_quotes(name) + " is not a name: at most 63 lower-case letters, digits and dashes");
  }
}

void check_region(const Fields& fields, std::string_view key, std::string_view name) {
  if (name.size() > api::kLongestOfferName) fields.complain(key, "is longer than 63 characters");
}

void check_price_line(const Fields& line) {
  line.only({"model", "form", "memoryGiB", "region", "capacityType", "perGPUHour", "perInstanceHour",
             "gpusPerInstance", "asOf"});
  line.one_of<int>("form", 0, {{"SXM", 0}, {"PCIe", 0}, {"NVL", 0}});
  check_region(line, "region", line.text("region"));
}

void check_date(const Fields& fields, std::string_view key) {
  const std::string date = fields.text(key);
  if (date.empty() || (date.size() == 10 && base::parse_time(date + "T00:00:00Z"))) return;
  fields.complain(key, in_quotes(date) + " is not a date such as \"2026-11-01\"");
}

/// The rules for `prices` beyond those of the reader of a NeocloudProvider: there the API server checks.
void check_prices(const Fields& prices) {
  prices.only({"currency", "asOf", "maxAge", "list"});
  const std::string currency = prices.text("currency", "USD");
  const bool is_code =
      currency.size() == 3 && std::ranges::all_of(currency, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!is_code)
    prices.complain("currency", in_quotes(currency) + " is not three capital letters such as USD (ISO 4217)");
  check_date(prices, "asOf");
  prices.each("list", [](const Fields& line) {
    check_price_line(line);
    check_date(line, "asOf");
  });
}

void check_places(const Fields& fields) {
  std::set<std::string> seen;
  fields.each("regions", [&](const Fields& region) {
    region.only({"name", "country", "latitude", "longitude"});
    const std::string name = region.text("name");
    check_region(region, "name", name);
    if (!seen.insert(name).second)
      region.complain("name", in_quotes(name) + " is listed twice; a region has one entry");
  });
  std::size_t count = 0;
  fields.each("certifications", [&](const Fields& certification) {
    certification.only({"name", "evidenceURL", "asOf"});
    const std::string name = certification.text("name");
    if (name.empty()) certification.complain("name", "is required");
    if (name.size() > api::kLongestOfferName) certification.complain("name", "is longer than 63 characters");
    if (++count > api::kMostCertifications)
      certification.complain("", "is one more than the 32 that fit an offer");
  });
}

Tenant read_tenant(const Fields& fields) {
  fields.only({"name", "maxGPUs", "models", "prices"});
  Tenant tenant;
  tenant.name = fields.text("name");
  check_name(fields, "name", tenant.name);
  if (fields.has("maxGPUs")) tenant.max_gpus = api::read_at_least(fields, "maxGPUs", 0, 0);
  tenant.models = api::read_models(fields, "models");
  if (fields.has("models") && tenant.models.empty())
    fields.complain("models", "names no model; leave it out to offer every one");
  const Fields prices = fields.object("prices");
  check_prices(prices);
  api::read_prices(prices, market::PriceKind::kPublished, tenant.prices);
  return tenant;
}

void read_tenants(const Fields& fields, std::vector<Tenant>& tenants) {
  fields.each("tenants", [&](const Fields& each) {
    Tenant tenant = read_tenant(each);
    if (std::ranges::find(tenants, tenant.name, &Tenant::name) != tenants.end())
      each.complain("name", in_quotes(tenant.name) + " is listed twice; a tenant has one entry");
    if (tenants.size() == kMostTenants) return each.complain("", "is one tenant more than 256");
    tenants.push_back(std::move(tenant));
  });
}

void read_reserve(const Fields& fields, std::map<std::string, std::int64_t>& reserve) {
  for (const auto& [key, value] : fields.json().items()) {
    const auto model = market::canonical_model(key);
    if (!model) {
      fields.complain(key.substr(0, 60), "is not a known GPU model; known are " + market::known_models());
      continue;
    }
    if (!reserve.emplace(*model, api::read_at_least(fields, key, 0, 0)).second)
      fields.complain(key, "is the model " + *model + ", which is listed twice");
  }
}

}  // namespace

base::Result<Sheet> parse_sheet(std::string_view text, std::string_view origin) {
  if (text.size() > kLargestFile) {
    return base::fail(base::Code::kInvalid, std::string(origin) + ": is larger than 256 KiB");
  }
  const auto document = profiles::yaml_to_json(text);
  if (!document) return base::fail(base::Status(document.error()).with_context(origin));
  if (!document->is_object()) {
    return base::fail(base::Code::kInvalid,
                      std::string(origin) + ": must be a map that begins with provider:");
  }
  Sheet sheet;
  std::string& problem = sheet.provider.problem;
  const Fields fields(*document, "", problem);
  fields.only({"provider", "profile", "overrides", "operatorJurisdiction", "regions", "certifications",
               "prices", "tenants", "reserve"});
  sheet.provider.meta.name = fields.text("provider");
  check_name(fields, "provider", sheet.provider.meta.name);
  check_places(fields);
  check_prices(fields.object("prices"));
  api::read_provider_facts(fields, sheet.provider);
  for (auto& line : sheet.provider.prices) line.price.kind = market::PriceKind::kPublished;
  read_tenants(fields, sheet.tenants);
  read_reserve(fields.object("reserve"), sheet.reserve);
  if (problem.empty()) return sheet;
  return base::fail(base::Code::kInvalid, std::string(origin) + ": " + problem);
}

base::Result<Sheet> load_sheet(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');  // one byte more than allowed: a huge file costs no memory
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!in.is_open() || in.bad() || (in.fail() && !in.eof())) {
    return base::fail(base::Code::kInvalid, file.string() + ": cannot be read");
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_sheet(text, file.string());
}

}  // namespace op
