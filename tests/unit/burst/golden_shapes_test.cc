#include <gtest/gtest.h>

#include "burst/mirror.h"
#include "burst/references.h"
#include "tests/unit/burst/golden_pods.h"

/// Documents of every wrong shape: each value of a real one is replaced by one of another type. The
/// result is always a value or an error, never an exception.

namespace burst::golden_shapes_test {

using nlohmann::json;

/// Calls `use` with `document` once for each of its values and each replacement.
template <typename Use>
void with_wrong_values(const json& document, Use&& use) {
  const json flat = document.flatten();
  for (const auto& [path, value] : flat.items()) {
    for (json::json_pointer at(path); !at.empty(); at.pop_back()) {
      for (const json& wrong : {json(7), json("x"), json::array({1}), json::object(), json()}) {
        json copy = document;
        copy[at] = wrong;
        use(copy, at);
      }
      if (!at.back().empty() && at.back() != "0") break;  // a parent is met again with its first child
    }
  }
}

/// The ones with the most different fields: all of them would take minutes.
std::vector<GoldenPod> varied() {
  std::vector<GoldenPod> out;
  for (GoldenPod& golden : golden_pods()) {
    for (std::string_view name : {"job-every-environment", "job-every-volume", "job-security", "job-signals",
                                  "pod-debugged", "jobset-restart-rules"}) {
      if (golden.name == name) out.push_back(std::move(golden));
    }
  }
  return out;
}

TEST(GoldenShapes, NoPodBreaksTheTranslation) {
  std::size_t invalid = 0;
  for (const GoldenPod& golden : varied()) {
    const TwinContext context = golden_context(golden);
    with_wrong_values(golden.pod, [&](const json& pod, const json::json_pointer& at) {
      ASSERT_NO_THROW({
        (void)references_of(pod);
        (void)carry_ephemeral_containers(pod, {}, context);
        if (const auto twin = make_twin(pod, context); !twin) ++invalid;
      }) << at.to_string();
    });
  }
  EXPECT_GT(invalid, 100U);
}

TEST(GoldenShapes, NoProviderBreaksTheMirror) {
  std::size_t malformed = 0;
  for (const GoldenPod& golden : varied()) {
    with_wrong_values(golden.twin_status, [&](const json& twin, const json::json_pointer& at) {
      const std::string text = twin.dump();
      ASSERT_NO_THROW({
        const auto status = mirrored_status({.twin_status = text,
                                             .containers = "main,",
                                             .ephemeral_containers = "debugger-x2k9d,",
                                             .host_ip = "192.0.2.10",
                                             .publish_addresses = true});
        if (!status) ++malformed;
      }) << at.to_string();
    });
  }
  EXPECT_GT(malformed, 100U);
}

}  // namespace burst::golden_shapes_test
