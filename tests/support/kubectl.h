#pragma once

#include <string>
#include <vector>

#include "support/process.h"
#include "support/sandbox.h"

namespace testing_support {

/// kubectl as the administrator of the home cluster (or of `cluster`): for what users see and type.
CommandResult kubectl(Sandbox& sandbox, const std::vector<std::string>& arguments,
                      const std::string& input = {}, const std::string& cluster = "home");

}  // namespace testing_support
