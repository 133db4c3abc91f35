#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "support/source_dir.h"

namespace testing_support {

/// A reply of a public API as its documentation shows it, from tests/support/replies/.
inline std::string documented_reply(const std::string& name) {
  std::ifstream file(testing_support::source_dir() + "/tests/support/replies/" + name);
  if (!file) throw std::runtime_error("no file tests/support/replies/" + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace testing_support
