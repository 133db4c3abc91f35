#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace testing_support {

/// Calls `missing` again and again until it returns "" or `deadline` is over. The failure shows its last
/// answer: what was still missing. Tests wait in this way, never for a fixed time.
testing::AssertionResult wait_for(const std::string& what, std::chrono::seconds deadline,
                                  const std::function<std::string()>& missing);
/// The same for a condition without an answer to show.
testing::AssertionResult wait_until(const std::string& what, std::chrono::seconds deadline,
                                    const std::function<bool()>& condition);
/// For set-up code outside of a test: throws std::runtime_error with what was missing.
void require_within(const std::string& what, std::chrono::seconds deadline,
                    const std::function<std::string()>& missing);

}  // namespace testing_support
