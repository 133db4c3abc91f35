#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace op {

/// When the first certificate of a PEM text ends (notAfter); nullopt when none can be read. API servers
/// answer an expired client certificate with a bare 401, so only we can say what is wrong.
std::optional<base::Time> certificate_expiry(std::string_view pem);

}  // namespace op
