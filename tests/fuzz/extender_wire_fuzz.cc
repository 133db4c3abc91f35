// Fuzzes all code that kube-scheduler's bytes reach: Service::handle with /filter and /preempt. The promise
// checked: whatever the body, no crash, and an answer that kube-scheduler can read.
//
// With clang: -fsanitize=fuzzer. With gcc (no libFuzzer): define NEOBURST_FUZZ_MAIN and run
// `extender_wire_fuzz [N] [seed]`, which mutates valid bodies N times.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "../unit/extender/support.h"
#include "base/log.h"

namespace {

using extender::Service;
using extender::testing::make_claim;
using extender::testing::make_offer;
using extender::testing::PaddedRequest;
using extender::testing::StillWorld;

struct Target {
  Target() {
    base::init_logging(base::LogLevel::kError, base::LogFormat::kText);
    world.state = std::make_shared<const extender::Snapshot>(
        extender::make_snapshot(true, {make_claim()}, {make_offer("x"), make_offer("y")}));
  }
  StillWorld world;
  Service service{world, base::system_clock()};
};

void check(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s\n", what);
  std::abort();
}

void try_body(std::string_view body) {
  static Target target;
  target.world.requests.clear();
  for (const char* path : {"/filter", "/preempt"}) {
    PaddedRequest request("POST", path, body);
    const auto reply = target.service.handle(request.get());
    if (reply.status == 400) {
      check(reply.body.empty(), "a failed preempt has no body");
      continue;
    }
    check(reply.status == 200, "the status is 200");
    const auto json = nlohmann::json::parse(reply.body, nullptr, false);
    check(json.is_object(), "the reply is a JSON object");
    if (json.contains("Error") && json["Error"] != "") continue;
    check(
        json.contains("NodeNames") ? json["NodeNames"].is_array() : json["NodeNameToMetaVictims"].is_object(),
        "the reply names its nodes");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<char> bytes(data, data + size);
  try_body(std::string_view(bytes.data(), bytes.size()));
  return 0;
}

#ifdef NEOBURST_FUZZ_MAIN
namespace {

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

std::string mutate(std::string body, Random& random) {
  static const std::vector<std::string> kTokens{"{",
                                                "}",
                                                "[",
                                                "]",
                                                ",",
                                                ":",
                                                "\"",
                                                "\\",
                                                "null",
                                                "true",
                                                "-1",
                                                "1e999",
                                                "{}",
                                                "[]",
                                                "\\u0000",
                                                "\\ud800",
                                                "\"Pod\"",
                                                "\"NodeNames\"",
                                                "99999999999999999999",
                                                "\xff",
                                                std::string(1, '\0'),
                                                "neoburst-",
                                                "nvidia.com/gpu"};
  for (std::size_t n = 1 + below(random, 4); n > 0; --n) {
    const auto at = below(random, body.size() + 1);
    const auto length = std::min(below(random, 1 + below(random, 64)), body.size() - at);
    switch (below(random, 6)) {
      case 0:
        body.erase(at, length);
        break;
      case 1:
        body.insert(at, kTokens[below(random, kTokens.size())]);
        break;
      case 2:
        body.replace(at, length, kTokens[below(random, kTokens.size())]);
        break;
      case 3:
        body.resize(at);
        break;
      case 4:
        body.insert(at, body.substr(below(random, body.size() + 1), length));
        break;
      default:
        if (at < body.size()) body[at] = static_cast<char>(below(random, 256));
    }
  }
  return body;
}

}  // namespace

int main(int argc, char** argv) {
  const auto iterations = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 20'000ull;
  const auto seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device{}();
  std::printf("extender_wire_fuzz: %llu iterations, seed %llu\n", static_cast<unsigned long long>(iterations),
              static_cast<unsigned long long>(seed));
  std::fflush(stdout);
  Random random(seed);
  const std::vector<std::string> seeds{
      extender::testing::filter_body(R"(["home-1","neoburst-x","neoburst-y"])"),
      extender::testing::filter_body(R"(["neoburst-x"])"),
      extender::testing::preempt_body(R"({"home-1":{"Pods":[{"UID":"v"}],"NumPDBViolations":0}})")};
  for (auto i = 0ull; i < iterations; ++i) {
    const auto body = mutate(seeds[below(random, seeds.size())], random);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
  }
  return 0;
}
#endif
