#include "market/profile.h"

namespace market {

bool overlap(const Toleration& a, const Toleration& b) {
  const bool effects = a.effect.empty() || b.effect.empty() || a.effect == b.effect;
  const bool values = a.any_value || b.any_value || a.value == b.value;
  return a.key == b.key && effects && values;
}

std::string_view to_string(AutoscalingMode mode) {
  switch (mode) {
    case AutoscalingMode::kNone:
      return "None";
    case AutoscalingMode::kOptIn:
      return "OptIn";
    case AutoscalingMode::kOnDemand:
      return "OnDemand";
    case AutoscalingMode::kUnknown:
      break;
  }
  return "Unknown";
}

Money per_gpu_hour(const ListPrice& price) {
  if (price.gpus <= 1) return price.per_hour;
  return {(price.per_hour.micros + price.gpus - 1) / price.gpus};
}

}  // namespace market
