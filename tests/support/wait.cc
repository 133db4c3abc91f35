#include "support/wait.h"

#include <stdexcept>
#include <thread>

namespace testing_support {
namespace {

constexpr auto kPoll = std::chrono::milliseconds(40);

}  // namespace

testing::AssertionResult wait_for(const std::string& what, std::chrono::seconds deadline,
                                  const std::function<std::string()>& missing) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  while (true) {
    const std::string lacking = missing();
    if (lacking.empty()) return testing::AssertionSuccess();
    if (std::chrono::steady_clock::now() >= end) {
      return testing::AssertionFailure() << what << ": not within " << deadline.count() << " s: " << lacking;
    }
    std::this_thread::sleep_for(kPoll);
  }
}

testing::AssertionResult wait_until(const std::string& what, std::chrono::seconds deadline,
                                    const std::function<bool()>& condition) {
  return wait_for(what, deadline, [&] { return condition() ? std::string() : std::string("not yet"); });
}

void require_within(const std::string& what, std::chrono::seconds deadline,
                    const std::function<std::string()>& missing) {
  const auto result = wait_for(what, deadline, missing);
  if (!result) throw std::runtime_error(result.message());
}

}  // namespace testing_support
