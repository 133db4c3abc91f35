#pragma once

#include "extender/options.h"

namespace extender {

/// Runs the extender until SIGINT or SIGTERM. Returns the exit code: 0 after a signal, 1 when it could not
/// start.
int run(const Options& options);

}  // namespace extender
