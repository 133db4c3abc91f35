#include <algorithm>

#include "api/write.h"
#include "base/time_text.h"

namespace api {

nlohmann::json condition_json(const Condition& condition) {
  nlohmann::json out = {{"type", condition.type},
                        {"status", condition.status},
                        {"reason", condition.reason},
                        {"message", condition.message},
                        {"lastTransitionTime", base::format_time(condition.changed.value_or(base::Time{}))}};
  if (condition.observed_generation > 0) out["observedGeneration"] = condition.observed_generation;
  return out;
}

bool set_condition(std::vector<Condition>& conditions, Condition condition, base::Time now) {
  const auto found = std::ranges::find(conditions, condition.type, &Condition::type);
  if (found == conditions.end()) {
    condition.changed = now;
    conditions.push_back(std::move(condition));
    return true;
  }
  const bool same_status = found->status == condition.status && found->changed.has_value();
  condition.changed = same_status ? found->changed : now;
  const bool same = same_status && found->reason == condition.reason && found->message == condition.message &&
                    found->observed_generation == condition.observed_generation;
  if (!same) *found = std::move(condition);
  return !same;
}

}  // namespace api
