#include "support/wait.h"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace testing_support {
namespace {

using Steady = std::chrono::steady_clock;

/// Between an answer and the next question: twice as long as the answer took, so that a question that starts
/// a process does not keep a processor busy that the answer needs.
Steady::duration pause_after(Steady::duration asking) {
  return std::clamp<Steady::duration>(2 * asking, std::chrono::milliseconds(40),
                                      std::chrono::milliseconds(500));
}

}  // namespace

testing::AssertionResult wait_for(const std::string& what, std::chrono::seconds deadline,
                                  const std::function<std::string()>& missing) {
  const auto end = Steady::now() + deadline;
  while (true) {
    const auto asked = Steady::now();
    const std::string lacking = missing();
    if (lacking.empty()) return testing::AssertionSuccess();
    const auto answered = Steady::now();
    if (answered >= end) {
      return testing::AssertionFailure() << what << ": not within " << deadline.count() << " s: " << lacking;
    }
    std::this_thread::sleep_for(pause_after(answered - asked));
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
