#include "kube/core/label_selector.h"

#include <algorithm>

namespace kube {

namespace {

bool holds(const LabelSelector::Requirement& requirement, const std::string* value) {
  const auto listed = [&] {
    return std::find(requirement.values.begin(), requirement.values.end(), *value) !=
           requirement.values.end();
  };
  switch (requirement.op) {
    case LabelSelector::Operator::kIn:
      return value != nullptr && listed();
    case LabelSelector::Operator::kNotIn:
      return value == nullptr || !listed();  // as upstream: an absent key satisfies NotIn
    case LabelSelector::Operator::kExists:
      return value != nullptr;
    case LabelSelector::Operator::kDoesNotExist:
      return value == nullptr;
  }
  return false;
}

}  // namespace

bool LabelSelector::matches(const StringMap& labels) const {
  return std::all_of(requirements.begin(), requirements.end(), [&](const Requirement& requirement) {
    return holds(requirement, find_value(labels, requirement.key));
  });
}

}  // namespace kube
