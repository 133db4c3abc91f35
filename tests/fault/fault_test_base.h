#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "api/records.h"
#include "support/invariants.h"
#include "support/objects.h"
#include "support/programs.h"
#include "support/recorder.h"
#include "support/wait.h"

namespace testing_support {

/// $NEOBURST_FULL=1: the long runs.
inline bool full_run() {
  const char* full = std::getenv("NEOBURST_FULL");
  return full != nullptr && std::string(full) == "1";
}

/// A number that makes the faults of a run repeatable: $NEOBURST_SEED, else random. Printed.
inline unsigned fault_seed() {
  const char* given = std::getenv("NEOBURST_SEED");
  const unsigned seed =
      given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : std::random_device()();
  std::printf("seed %u (repeat with NEOBURST_SEED=%u)\n", seed, seed);
  return seed;
}

/// Pods that burst while faults are injected, and the promises afterwards.
class Faults : public testing::Test {
 protected:
  /// The standard providers and nothing else, a namespace with a claim, and a recorder.
  void prepare(const std::string& purpose,
               nlohmann::json (*claim)(const std::string& ns, const std::string& name));
  /// Starts one wave: Jobs of 50 pods in all that sleep 1, 2 and 3 seconds.
  void start_wave();
  /// The first Job of all waves that has not succeeded yet, "" when all have.
  std::string unfinished();
  /// Home GPUs taken by eight pods that end one after the other while the waves run.
  void occupy_home();
  /// Waits for the end of everything and checks every promise.
  void check_promises();
  void TearDown() override;

  std::chrono::milliseconds random_pause(int from_ms, int to_ms) {
    return std::chrono::milliseconds(std::uniform_int_distribution<int>(from_ms, to_ms)(random_));
  }

  Sandbox& sandbox_ = Sandbox::get();
  Neoburst neoburst_{sandbox_};
  std::mt19937 random_{fault_seed()};
  std::string ns_;
  std::string filler_ns_;
  std::unique_ptr<Recorder> recorder_;
  int waves_ = 0;
};

}  // namespace testing_support
