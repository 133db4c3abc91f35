#include "cli/cost/focus.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "base/time_text.h"
#include "cli/cost/summary.h"
#include "cli/output/csv.h"

namespace cli {
namespace {

using api::LedgerEntry;

/// One attempt and the times that several columns derive from.
struct Charge {
  const LedgerEntry& entry;
  base::Time begin;
  base::Time end;
};

std::string money(const Charge& charge) { return market::format_money(charge.entry.cost); }
/// "" for earlier attempts together, which may have had several.
std::string unit_price(const Charge& charge) {
  return charge.entry.attempt == 0 ? "" : market::format_money(charge.entry.price_per_gpu_hour);
}
std::string provider(const Charge& charge) { return charge.entry.provider; }
std::string region(const Charge& charge) { return charge.entry.region; }
std::string ns(const Charge& charge) { return charge.entry.ns; }
std::string currency(const Charge& charge) { return charge.entry.currency; }

std::chrono::year_month month_of(const Charge& charge) {
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(charge.end));
  return date.year() / date.month();
}

std::string month_begin(std::chrono::year_month month) {
  return base::format_time(std::chrono::sys_days(month / std::chrono::day(1)));
}

/// A public list price was charged: only then is the list price known.
bool at_list_price(const Charge& charge) {
  return charge.entry.price_kind == "List" || charge.entry.price_kind == "Feed";
}

std::string pricing_category(const Charge& charge) {
  const std::string& type = charge.entry.capacity_type;
  return type == "OnDemand" ? "Standard" : type == "Spot" ? "Dynamic" : type == "Reserved" ? "Committed" : "";
}

std::string description(const Charge& charge) {
  const LedgerEntry& e = charge.entry;
  const std::string price = unit_price(charge);
  return std::to_string(e.gpus) + " " + (e.gpu_model.empty() ? "GPU" : e.gpu_model) + " for pod " + e.ns +
         "/" + e.pod + (price.empty() ? "" : " at " + price + " " + e.currency + " per GPU-hour");
}

/// What is bought: a model at a capacity type, from this provider. "" where neither is known.
std::string sku(const Charge& charge) {
  const LedgerEntry& e = charge.entry;
  return e.gpu_model.empty() || e.capacity_type.empty() ? "" : e.gpu_model + "/" + e.capacity_type;
}

std::string tags(const Charge& charge) {
  const LedgerEntry& e = charge.entry;
  nlohmann::ordered_json out = nlohmann::ordered_json::object();
  const auto put = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  put("neoburst.io/claim", e.claim);
  put("neoburst.io/burst", e.burst);
  put("neoburst.io/attempt", std::to_string(e.attempt));
  put("neoburst.io/country", e.country);
  put("neoburst.io/jurisdiction", e.jurisdiction);
  put("neoburst.io/price-kind", e.price_kind);
  put("neoburst.io/end-reason", e.end_reason);
  return out.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

std::string nothing(const Charge&) { return ""; }
template <const char* kText>
std::string constant(const Charge&) {
  return kText;
}
constexpr char kUsage[] = "Usage";
constexpr char kUsageBased[] = "Usage-Based";
constexpr char kCompute[] = "Compute";
constexpr char kContainers[] = "Containers";
constexpr char kPod[] = "Pod";
constexpr char kNamespace[] = "Namespace";
constexpr char kGpuHours[] = "GPU-Hours";
constexpr char kGpuSeconds[] = "GPU-Seconds";
constexpr char kService[] = "GPU capacity";

struct Column {
  const char* name;
  std::string (*value)(const Charge& charge);
};

/// FOCUS 1.2, in its own alphabetical order.
constexpr std::array<Column, 57> kColumns{{
    {"AvailabilityZone", nothing},
    {"BilledCost", money},
    {"BillingAccountId", nothing},
    {"BillingAccountName", nothing},
    {"BillingAccountType", nothing},
    {"BillingCurrency", currency},
    {"BillingPeriodEnd", [](const Charge& c) { return month_begin(month_of(c) + std::chrono::months(1)); }},
    {"BillingPeriodStart", [](const Charge& c) { return month_begin(month_of(c)); }},
    {"CapacityReservationId", nothing},
    {"CapacityReservationStatus", nothing},
    {"ChargeCategory", constant<kUsage>},
    {"ChargeClass", nothing},
    {"ChargeDescription", description},
    {"ChargeFrequency", constant<kUsageBased>},
    {"ChargePeriodEnd", [](const Charge& c) { return base::format_time(c.end); }},
    {"ChargePeriodStart", [](const Charge& c) { return base::format_time(c.begin); }},
    {"CommitmentDiscountCategory", nothing},
    {"CommitmentDiscountId", nothing},
    {"CommitmentDiscountName", nothing},
    {"CommitmentDiscountQuantity", nothing},
    {"CommitmentDiscountStatus", nothing},
    {"CommitmentDiscountType", nothing},
    {"CommitmentDiscountUnit", nothing},
    {"ConsumedQuantity", [](const Charge& c) { return std::to_string(c.entry.gpu_seconds); }},
    {"ConsumedUnit", constant<kGpuSeconds>},
    {"ContractedCost", money},
    {"ContractedUnitPrice", unit_price},
    {"EffectiveCost", money},
    {"InvoiceId", nothing},
    {"InvoiceIssuerName", provider},
    {"ListCost", [](const Charge& c) { return at_list_price(c) ? money(c) : ""; }},
    {"ListUnitPrice", [](const Charge& c) { return at_list_price(c) ? unit_price(c) : ""; }},
    {"PricingCategory", pricing_category},
    {"PricingCurrency", currency},
    {"PricingCurrencyContractedUnitPrice", unit_price},
    {"PricingCurrencyEffectiveCost", money},
    {"PricingCurrencyListUnitPrice", [](const Charge& c) { return at_list_price(c) ? unit_price(c) : ""; }},
    {"PricingQuantity", [](const Charge& c) { return gpu_hours_text(c.entry.gpu_seconds); }},
    {"PricingUnit", constant<kGpuHours>},
    {"ProviderName", provider},
    {"PublisherName", provider},
    {"RegionId", region},
    {"RegionName", region},
    {"ResourceId", [](const Charge& c) { return c.entry.pod_uid; }},
    {"ResourceName", [](const Charge& c) { return c.entry.pod; }},
    {"ResourceType", constant<kPod>},
    {"ServiceCategory", constant<kCompute>},
    {"ServiceName", constant<kService>},
    {"ServiceSubcategory", constant<kContainers>},
    {"SkuId", sku},
    {"SkuMeter", nothing},
    {"SkuPriceDetails", nothing},
    {"SkuPriceId", [](const Charge& c) { return c.entry.offer; }},
    {"SubAccountId", ns},
    {"SubAccountName", ns},
    {"SubAccountType", constant<kNamespace>},
    {"Tags", tags},
}};

}  // namespace

std::string focus_csv(std::span<const LedgerEntry> entries, base::Time now) {
  std::vector<std::string> cells;
  for (const Column& column : kColumns) cells.emplace_back(column.name);
  std::string out = csv_line(cells);
  for (const LedgerEntry& entry : entries) {
    const base::Time end = entry.ended.value_or(now);
    const Charge charge{entry, std::min(entry.placed.value_or(end), end), end};
    cells.clear();
    for (const Column& column : kColumns) cells.push_back(column.value(charge));
    out += csv_line(cells);
  }
  return out;
}

}  // namespace cli
