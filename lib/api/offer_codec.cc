#include <algorithm>

#include "api/fields.h"
#include "api/put.h"
#include "api/records.h"
#include "api/rule_fields.h"
#include "api/write.h"

namespace api {
namespace {

void read_gpu(const Fields& spec, market::GpuIdentity& gpu) {
  gpu.model = read_model(spec, "model");
  gpu.form = spec.text("form");
  gpu.memory_gib = read_at_least(spec, "memoryGiB", 0, 0);
  gpu.product = spec.text("product");
  // A published offer may leave `shared` out; then its product's name shows it.
  gpu.shared = spec.boolean("shared") || market::identify_gpu(gpu.product, 0).shared;
}

void read_offer_spec(const Fields& spec, market::Offer& offer) {
  offer.provider = spec.text("provider");
  offer.region = spec.text("region");
  offer.country = read_country(spec, "country");
  offer.jurisdiction = read_country(spec, "jurisdiction");
  offer.certifications = spec.texts("certifications");
  offer.coordinates = read_coordinates(spec);
  read_gpu(spec, offer.gpu);
  offer.capacity_type = read_capacity_type(spec, "capacityType");
  if (const auto price = spec.money("pricePerGPUHour")) {
    offer.price = market::Price{.per_gpu_hour = *price,
                                .currency = spec.text("currency", "USD"),
                                .as_of = spec.text("priceAsOf"),
                                .kind = read_price_kind(spec, "priceKind")};
  }
}

void read_offer_status(const Fields& status, OfferRecord& record) {
  market::Offer& offer = record.offer;
  offer.total_gpus = read_at_least(status, "totalGPUs", 0, 0);
  offer.free_gpus = read_at_least(status, "freeGPUs", 0, 0);
  const Fields blocks = status.object("freeBlocks");
  for (std::size_t i = 0; i < offer.free_blocks.size(); ++i) {
    offer.free_blocks[i] = read_at_least(blocks, std::to_string(i + 1), 0, 0);
  }
  offer.available = status.boolean("available");
  offer.unavailable_reason = status.text("reason");
  const bool stale = status.boolean("priceStale");
  if (offer.price) offer.price->stale = stale;
  record.node = status.text("node");
  record.observed = status.time("observedTime");
}

/// Thousandths of a degree as decimal text.
std::string degrees_text(std::int32_t milli) {
  const std::string sign = milli < 0 ? "-" : "";
  const std::int32_t size = milli < 0 ? -milli : milli;
  return sign + std::to_string(size / 1000) + "." + std::to_string(1000 + size % 1000).substr(1);
}

}  // namespace

base::Result<OfferRecord> decode_offer(kube::JsonObject& object) {
  auto parts = read_parts(object);
  if (!parts) return base::fail(std::move(parts.error()));
  OfferRecord record;
  record.meta = std::move(parts->meta);
  record.problem = std::move(parts->problem);
  record.offer.name = record.meta.name;
  read_offer_spec(Fields(parts->spec, "spec", record.problem), record.offer);
  read_offer_status(Fields(parts->status, "status", record.problem), record);
  record.status_text = status_text(parts->status);
  return record;
}

nlohmann::json offer_spec(const market::Offer& offer) {
  nlohmann::json out = {{"provider", offer.provider},
                        {"region", offer.region},
                        {"capacityType", std::string(market::to_string(offer.capacity_type))}};
  put(out, "country", offer.country);
  put(out, "jurisdiction", offer.jurisdiction);
  if (!offer.certifications.empty()) out["certifications"] = offer.certifications;
  if (offer.coordinates) {
    out["latitude"] = degrees_text(offer.coordinates->latitude_milli);
    out["longitude"] = degrees_text(offer.coordinates->longitude_milli);
  }
  put(out, "model", offer.gpu.model);
  put(out, "form", offer.gpu.form);
  if (offer.gpu.memory_gib > 0) out["memoryGiB"] = offer.gpu.memory_gib;
  put(out, "product", offer.gpu.product);
  if (offer.gpu.shared) out["shared"] = true;
  if (offer.price) {
    out["pricePerGPUHour"] = market::format_money(offer.price->per_gpu_hour);
    out["currency"] = offer.price->currency;
    put(out, "priceAsOf", offer.price->as_of);
    out["priceKind"] = market::to_string(offer.price->kind);
  }
  return out;
}

nlohmann::json offer_status(const market::Offer& offer) {
  nlohmann::json blocks = nlohmann::json::object();
  for (std::size_t i = 0; i < offer.free_blocks.size(); ++i) {
    blocks[std::to_string(i + 1)] = std::max<std::int64_t>(offer.free_blocks[i], 0);
  }
  nlohmann::json out = {{"totalGPUs", std::max<std::int64_t>(offer.total_gpus, 0)},
                        {"freeGPUs", std::max<std::int64_t>(offer.free_gpus, 0)},
                        {"freeBlocks", std::move(blocks)},
                        {"available", offer.available},
                        {"priceStale", offer.price && offer.price->stale},
                        {"node", market::burst_node_name(offer.name)}};
  put(out, "reason", offer.unavailable_reason);
  return out;
}

}  // namespace api
