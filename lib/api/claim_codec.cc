#include <algorithm>

#include "api/fields.h"
#include "api/records.h"
#include "api/rule_fields.h"

namespace api {
namespace {

using market::BudgetPeriod;
using market::BurstWhen;
using market::ClaimRules;
using market::OnExhausted;
using market::OnProviderLost;
using market::PodAddresses;
using market::ServicePods;
using market::Strategy;

constexpr auto kLifetimeUnderBudget = std::chrono::hours(24);

void read_gpus(const Fields& gpus, ClaimRules& rules) {
  if (gpus.has("max")) rules.max_gpus = read_at_least(gpus, "max", 1, 1);
  rules.models = read_models(gpus, "models");
  rules.min_memory_gib = read_at_least(gpus, "minMemoryGiB", 0, 0);
  rules.interconnect = gpus.one_of<std::string>(
      "interconnect", "", {{"NVLink", "NVLink"}, {"SXM", "SXM"}, {"NVL", "NVL"}, {"PCIe", "PCIe"}});
  rules.capacity_types = read_capacity_types(gpus, "capacityTypes");
  rules.allow_shared = gpus.boolean("allowShared");
}

void read_burst(const Fields& burst, ClaimRules& rules) {
  rules.when = burst.one_of<BurstWhen>("when", rules.when,
                                       {{"LocalExhausted", BurstWhen::kLocalExhausted},
                                        {"Always", BurstWhen::kAlways},
                                        {"Never", BurstWhen::kNever}});
  rules.after = burst.duration("after", rules.after);
  rules.before_preemption = burst.boolean("beforePreemption", rules.before_preemption);
  rules.provisioning_deadline = burst.duration("provisioningDeadline", rules.provisioning_deadline);
  rules.start_deadline = burst.duration("startDeadline", rules.start_deadline);
  rules.on_provider_lost = burst.one_of<OnProviderLost>(
      "onProviderLost", rules.on_provider_lost,
      {{"Hold", OnProviderLost::kHold}, {"Failover", OnProviderLost::kFailover}});
}

void read_location(const Fields& location, ClaimRules& rules, CountryGroups& groups) {
  rules.countries = read_countries(location, "countries", &groups.countries);
  rules.operator_jurisdictions =
      read_countries(location, "operatorJurisdictions", &groups.operator_jurisdictions);
  rules.exclude_jurisdictions =
      read_countries(location, "excludeJurisdictions", &groups.exclude_jurisdictions);
  rules.certifications = location.texts("certifications");
  rules.near = read_coordinates(location.object("near"));
  rules.max_distance_km = read_at_least(location, "maxDistanceKm", 1, 0);
  if (rules.max_distance_km > 0 && !rules.near) {
    location.complain("maxDistanceKm", "needs near (latitude and longitude) to measure from");
  }
}

void read_network(const Fields& network, ClaimRules& rules) {
  rules.pod_addresses = network.one_of<PodAddresses>(
      "podAddresses", rules.pod_addresses,
      {{"Hidden", PodAddresses::kHidden}, {"Published", PodAddresses::kPublished}});
  rules.services = network.one_of<ServicePods>(
      "services", rules.services, {{"Refuse", ServicePods::kRefuse}, {"Allow", ServicePods::kAllow}});
}

void read_providers(const Fields& providers, ClaimRules& rules) {
  rules.allow_providers = providers.texts("allow");
  rules.deny_providers = providers.texts("deny");
  for (const std::string& name : rules.allow_providers) {
    if (std::ranges::find(rules.deny_providers, name) != rules.deny_providers.end()) {
      providers.complain("deny",
                         "provider " + name + " is both allowed and denied; remove it from one of the lists");
    }
  }
}

void read_price_rule(const Fields& price, ClaimRules& rules) {
  rules.max_per_gpu_hour = price.money("maxPerGPUHour");
  rules.currency = price.text("currency", "USD");
}

void read_budget(const Fields& spec, ClaimRules& rules) {
  if (!spec.has("budget")) return;
  const Fields budget = spec.object("budget");
  const auto amount = budget.money("amount");
  if (!amount || amount->micros <= 0) {
    budget.complain("amount",
                    "must be more than 0, such as \"100.00\"; to stop bursting, set burst.when to Never");
    // Nothing may be spent under a budget that cannot be read; the problem stops the claim anyway.
  }
  rules.budget = market::Budget{
      amount.value_or(market::Money{}),
      budget.one_of<BudgetPeriod>(
          "period", BudgetPeriod::kTotal,
          {{"Total", BudgetPeriod::kTotal}, {"Day", BudgetPeriod::kDay}, {"Month", BudgetPeriod::kMonth}}),
      budget.one_of<OnExhausted>(
          "onExhausted", OnExhausted::kStopNew,
          {{"StopNew", OnExhausted::kStopNew}, {"Terminate", OnExhausted::kTerminate}})};
}

ClaimRules read_rules(const Fields& spec, CountryGroups& groups) {
  ClaimRules rules;
  read_gpus(spec.object("gpus"), rules);
  read_burst(spec.object("burst"), rules);
  read_network(spec.object("network"), rules);
  read_location(spec.object("location"), rules, groups);
  read_providers(spec.object("providers"), rules);
  read_price_rule(spec.object("price"), rules);
  read_budget(spec, rules);
  rules.strategy = spec.one_of<Strategy>(
      "strategy", rules.strategy,
      {{"Cheapest", Strategy::kCheapest}, {"Nearest", Strategy::kNearest}, {"Fastest", Strategy::kFastest}});
  if (rules.strategy == Strategy::kNearest && !rules.near) {
    spec.complain("strategy", "Nearest needs location.near (latitude and longitude) to measure from");
  }
  // With a budget an attempt sets aside the cost of its whole lifetime: a week would leave nothing for the
  // others.
  if (rules.budget) rules.lifetime = kLifetimeUnderBudget;
  rules.lifetime = spec.duration("lifetime", rules.lifetime);
  if (rules.lifetime <= std::chrono::milliseconds(0)) spec.complain("lifetime", "must be more than 0");
  return rules;
}

}  // namespace

base::Result<ClaimRecord> decode_claim(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  ClaimRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  const Fields spec(parts->spec, "spec", record.problem);
  record.selector = read_selector(spec.object("podSelector"));
  record.rules = read_rules(spec, record.groups);

  const Fields status(parts->status, "status", record.problem);
  record.conditions = read_conditions(status);
  record.status_text = status_text(parts->status);
  return record;
}

}  // namespace api
