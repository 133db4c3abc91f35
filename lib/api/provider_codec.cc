#include "api/fields.h"
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

Region read_region(const Fields& fields) {
  Region region{fields.text("name"), read_country(fields, "country"), read_coordinates(fields)};
  if (region.name.empty()) fields.complain("name", "is required");
  return region;
}

void read_prices(const Fields& prices, ProviderRecord& record) {
  record.currency = prices.text("currency", "USD");
  record.prices_as_of = prices.text("asOf");
  prices.each("list", [&](const Fields& fields) {
    PriceEntry entry{
        read_model(fields, "model"), fields.text("region"), read_capacity_type(fields, "capacityType"), {}};
    const auto price = fields.money("perGPUHour");
    if (entry.model.empty()) fields.complain("model", "is required");
    if (!price) fields.complain("perGPUHour", "is required, such as \"2.95\"");
    if (entry.model.empty() || !price) return;
    entry.per_gpu_hour = *price;
    record.prices.push_back(std::move(entry));
  });
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

}  // namespace

base::Result<ProviderRecord> decode_provider(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  ProviderRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  const Fields spec(parts->spec, "spec", record.problem);
  record.profile = spec.text("profile", "generic");
  read_secret(spec.object("kubeconfigSecretRef"), record);
  record.context = spec.text("context");
  record.remote_namespace = spec.text("remoteNamespace", "neoburst");
  spec.each("regions", [&](const Fields& fields) { record.regions.push_back(read_region(fields)); });
  record.jurisdiction = read_country(spec, "operatorJurisdiction");
  spec.each("certifications",
            [&](const Fields& fields) { record.certifications.push_back(fields.text("name")); });
  read_prices(spec.object("prices"), record);
  read_capacity(spec.object("capacity"), record);
  const Fields limits = spec.object("limits");
  if (limits.has("maxGPUs")) record.max_gpus = read_at_least(limits, "maxGPUs", 0, 0);
  record.provisioning_deadline = spec.duration("provisioningDeadline", record.provisioning_deadline);
  record.paused = spec.boolean("paused");
  record.feed = read_feed(spec);

  record.conditions = read_conditions(Fields(parts->status, "status", record.problem));
  record.status_text = status_text(parts->status);
  return record;
}

}  // namespace api
