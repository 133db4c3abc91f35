#pragma once

#include <nlohmann/json.hpp>

namespace kube {

/// The merge patch that turns object `before` into `after`: fields that `after` lacks become null. Arrays are
/// replaced whole, as RFC 7386 has it. Empty when they are equal.
nlohmann::json merge_diff(const nlohmann::json& before, const nlohmann::json& after);

}  // namespace kube
