#include <algorithm>
#include <set>

#include "api/config.h"
#include "api/fields.h"
#include "api/rule_fields.h"

namespace api {
namespace {

using market::BudgetPeriod;

std::optional<market::Ceiling> read_ceiling(const Fields& spec) {
  if (!spec.has("ceiling")) return std::nullopt;
  const Fields ceiling = spec.object("ceiling");
  const auto amount = ceiling.money("amount");
  if (!amount) ceiling.complain("amount", "is required, such as \"1000.00\"");
  return market::Ceiling{
      amount.value_or(market::Money{}),
      ceiling.one_of<BudgetPeriod>(
          "period", BudgetPeriod::kMonth,
          {{"Total", BudgetPeriod::kTotal}, {"Day", BudgetPeriod::kDay}, {"Month", BudgetPeriod::kMonth}}),
      ceiling.text("currency", "USD")};
}

market::ExchangeRates read_rates(const Fields& spec) {
  market::ExchangeRates rates;
  spec.each("exchangeRates", [&](const Fields& fields) {
    const std::string currency = fields.text("currency");
    const auto worth = fields.money("worth");
    if (currency.empty()) fields.complain("currency", "is required, such as EUR");
    if (!worth || worth->micros <= 0) fields.complain("worth", "must be more than 0, such as \"1.08\"");
    if (currency.empty() || !worth || worth->micros <= 0) return;
    if (!rates.emplace(currency, worth->micros).second)
      fields.complain("currency", currency + " is there twice");
  });
  return rates;
}

void read_groups(const Fields& spec, ConfigRecord& record) {
  spec.each("countryGroups", [&](const Fields& fields) {
    const std::string name = fields.text("name");
    if (name.empty()) return fields.complain("name", "is required, such as nordics");
    if (!record.groups.emplace(name, read_countries(fields, "countries")).second) {
      fields.complain("name", "\"" + name + "\" is there twice");
    }
  });
}

/// Adds the countries of the groups to `list`. Returns the first unknown group.
std::string resolve(const std::vector<std::string>& names, const ConfigRecord* config,
                    market::Countries& list) {
  for (const std::string& name : names) {
    const auto group = config ? config->groups.find(name) : decltype(config->groups.end()){};
    if (!config || group == config->groups.end()) return name;
    list.insert(group->second.begin(), group->second.end());
  }
  return {};
}

void resolve_groups(ClaimRecord& claim, const ConfigRecord* config) {
  auto& rules = claim.rules;
  const auto& groups = claim.groups;
  for (const std::string& unknown :
       {resolve(groups.countries, config, rules.countries),
        resolve(groups.operator_jurisdictions, config, rules.operator_jurisdictions),
        resolve(groups.exclude_jurisdictions, config, rules.exclude_jurisdictions)}) {
    if (unknown.empty() || !claim.problem.empty()) continue;
    claim.problem = "spec.location: the group \"group:" + unknown +
                    "\" is not known; add it to spec.countryGroups of NeoburstConfig " +
                    std::string(kConfigName);
  }
}

std::string why_stopped(const ConfigRecord& config) {
  if (!config.problem.empty()) {
    return "new spending is stopped: NeoburstConfig " + config.meta.name +
           " cannot be read: " + config.problem;
  }
  if (!config.stop_spending) return {};
  return "new spending is stopped by NeoburstConfig " + config.meta.name +
         (config.stop_reason.empty() ? " (spec.stopSpending)" : ": " + config.stop_reason);
}

}  // namespace

base::Result<ConfigRecord> decode_config(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  ConfigRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  const Fields spec(parts->spec, "spec", record.problem);
  record.stop_spending = spec.boolean("stopSpending");
  record.stop_reason = spec.text("stopReason");
  record.ceiling = read_ceiling(spec);
  record.rates = read_rates(spec);
  read_groups(spec, record);
  record.ledger_retention = spec.duration("ledgerRetention", record.ledger_retention);
  return record;
}

std::shared_ptr<const ClaimRecord> configured(std::shared_ptr<const ClaimRecord> claim,
                                              const ConfigRecord* config) {
  if (!claim) return claim;
  const bool grouped = !claim->groups.countries.empty() || !claim->groups.operator_jurisdictions.empty() ||
                       !claim->groups.exclude_jurisdictions.empty();
  if (!config && !grouped) return claim;
  auto out = std::make_shared<ClaimRecord>(*claim);
  resolve_groups(*out, config);
  if (!config) return out;
  out->rules.rates = config->rates;
  out->rules.ceiling = config->ceiling;
  out->stopped = why_stopped(*config);
  return out;
}

}  // namespace api
