#include "api/fields.h"
#include "api/policy_codec.h"
#include "api/profile_codec.h"
#include "api/provider_fields.h"
#include "api/records.h"
#include "api/rule_fields.h"

namespace api {
namespace {

void read_secret(const Fields& reference, ProviderRecord& record) {
  record.secret = {reference.text("namespace", "neoburst-system"), reference.text("name")};
  record.secret_key = reference.text("key", "kubeconfig");
  if (record.secret.name.empty()) {
    reference.complain("name", "is required: the Secret that holds the provider's kubeconfig");
  }
}

/// An unusable prefix is not used at all: nothing may go to a namespace that nobody meant.
void read_namespaces(const Fields& spec, burst::NamespaceRule& namespaces) {
  namespaces.given = spec.text("remoteNamespace", "neoburst");
  const std::string prefix = spec.text("remoteNamespacePrefix");
  const std::string problem = burst::prefix_problem(prefix);
  if (problem.empty()) {
    namespaces.prefix = prefix;
  } else {
    spec.complain("remoteNamespacePrefix", problem);
  }
}

Region read_provider_region(const Fields& fields) {
  Region region{fields.text("name"), read_country(fields, "country"), read_coordinates(fields)};
  if (region.name.empty()) fields.complain("name", "is required");
  return region;
}

/// A line has the price of one GPU, or of an instance with its GPUs.
std::optional<market::Money> read_line_price(const Fields& fields) {
  const auto per_gpu = fields.money("perGPUHour");
  const auto per_instance = fields.money("perInstanceHour");
  const auto gpus = read_at_least(fields, "gpusPerInstance", 1, 0);
  if (per_gpu) return per_gpu;
  if (per_instance && gpus == 0) {
    fields.complain("gpusPerInstance", "is required beside perInstanceHour: the GPUs of one instance");
  } else if (per_instance) {
    return market::divide_up(*per_instance, gpus);
  } else {
    fields.complain("perGPUHour", "is required, such as \"2.95\" (or perInstanceHour and gpusPerInstance)");
  }
  return std::nullopt;
}

void read_capacity(const Fields& capacity, ProviderRecord& record) {
  record.capacity_mode = capacity.one_of<CapacityMode>("mode", CapacityMode::kObserved,
                                                       {{"Observed", CapacityMode::kObserved},
                                                        {"Declared", CapacityMode::kDeclared},
                                                        {"Autoscaling", CapacityMode::kAutoscaling}});
  capacity.each("declared", [&](const Fields& fields) {
    record.declared.push_back({fields.text("region"), read_model(fields, "model"),
                               read_at_least(fields, "gpus", 0, 0), read_at_least(fields, "memoryGiB", 0, 0),
                               read_capacity_type(fields, "capacityType")});
  });
  if (record.capacity_mode != CapacityMode::kObserved && record.declared.empty()) {
    capacity.complain("declared", "must list the GPUs that the modes Declared and Autoscaling offer");
  }
}

/// The profile below them is not known here, so the overrides are checked and kept as text.
void read_overrides(const Fields& spec, ProviderRecord& record) {
  if (!spec.has("overrides")) return;
  const Fields overrides = spec.object("overrides");
  market::Profile scratch;
  read_profile_fields(overrides, scratch);
  record.overrides_text = overrides.json().dump();
}

void read_published(const Fields& fields, PublishedSpec& published) {
  published.ignore = fields.one_of("mode", false, {{"Auto", false}, {"Ignore", true}});
  published.tenant = fields.text("tenant");
}

}  // namespace

void read_prices(const Fields& prices, market::PriceKind usual, std::vector<market::PriceLine>& lines) {
  using market::PriceKind;
  const std::string currency = prices.text("currency", "USD");
  const std::string as_of = prices.text("asOf");
  prices.each("list", [&](const Fields& fields) {
    market::PriceLine line{.model = read_model(fields, "model"),
                           .form = fields.text("form"),
                           .memory_gib = read_at_least(fields, "memoryGiB", 0, 0),
                           .region = fields.text("region"),
                           .capacity_type = read_capacity_type(fields, "capacityType"),
                           .price = {}};
    if (line.model.empty()) fields.complain("model", "is required");
    const auto price = read_line_price(fields);
    const auto kind = fields.one_of<PriceKind>(
        "kind", usual, {{"Contract", PriceKind::kContract}, {"List", PriceKind::kList}});
    if (line.model.empty() || !price) return;
    line.price = {
        .per_gpu_hour = *price, .currency = currency, .as_of = fields.text("asOf", as_of), .kind = kind};
    lines.push_back(std::move(line));
  });
}

void read_provider_facts(const Fields& fields, ProviderRecord& record) {
  record.profile = fields.text("profile", "generic");
  read_overrides(fields, record);
  fields.each("regions", [&](const Fields& each) { record.regions.push_back(read_provider_region(each)); });
  record.jurisdiction = read_country(fields, "operatorJurisdiction");
  fields.each("certifications",
              [&](const Fields& each) { record.certifications.push_back(each.text("name")); });
  const Fields prices = fields.object("prices");
  record.price_max_age = prices.duration("maxAge", record.price_max_age);
  read_prices(prices, market::PriceKind::kContract, record.prices);
}

base::Result<ProviderRecord> decode_provider(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  ProviderRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  const Fields spec(parts->spec, "spec", record.problem);
  read_secret(spec.object("kubeconfigSecretRef"), record);
  record.context = spec.text("context");
  read_namespaces(spec, record.namespaces);
  record.policy = read_policy(spec.object("policy"));
  read_provider_facts(spec, record);
  read_capacity(spec.object("capacity"), record);
  const Fields limits = spec.object("limits");
  if (limits.has("maxGPUs")) record.max_gpus = read_at_least(limits, "maxGPUs", 0, 0);
  record.provisioning_deadline = spec.duration("provisioningDeadline", record.provisioning_deadline);
  record.paused = spec.boolean("paused");
  record.feed = read_feed(spec);
  read_published(spec.object("published"), record.published);

  record.conditions = read_conditions(Fields(parts->status, "status", record.problem));
  record.status_text = status_text(parts->status);
  return record;
}

}  // namespace api
