#include "market/price_list.h"

#include <algorithm>
#include <tuple>

#include "base/time_text.h"

namespace market {
namespace {

bool speaks_of(const PriceLine& line, const GpuIdentity& gpu, std::string_view region, CapacityType type) {
  return line.model == gpu.model && line.capacity_type == type &&
         (line.region.empty() || line.region == region) && (line.form.empty() || line.form == gpu.form) &&
         (line.memory_gib == 0 || line.memory_gib == gpu.memory_gib);
}

/// Smaller goes first.
auto order(const PriceLine& line) {
  const int vague = (line.form.empty() ? 1 : 0) + (line.memory_gib == 0 ? 1 : 0);
  return std::tuple(line.price.kind, line.region.empty(), vague);
}

}  // namespace

bool is_older(std::string_view as_of, base::Time today, std::chrono::milliseconds max_age) {
  const auto date = base::parse_time(std::string(as_of) + "T00:00:00Z");
  return !date || today - *date > max_age;
}

std::optional<Price> pick_price(std::span<const PriceLine> lines, const GpuIdentity& gpu,
                                std::string_view region, CapacityType type, base::Time today,
                                std::chrono::milliseconds max_age) {
  if (gpu.model.empty()) return std::nullopt;
  const PriceLine* best = nullptr;
  for (const PriceLine& line : lines) {
    if (speaks_of(line, gpu, region, type) && (best == nullptr || order(line) < order(*best))) best = &line;
  }
  if (best == nullptr) return std::nullopt;
  Price price = best->price;
  const bool ageless = price.kind == PriceKind::kContract && price.as_of.empty();
  price.stale = price.stale || (!ageless && is_older(price.as_of, today, max_age));
  return price;
}

}  // namespace market
