#pragma once

#include <string>

namespace testing_support {

/// The root of the source tree that the tests were built from, for the files that they read.
std::string source_dir();

}  // namespace testing_support
