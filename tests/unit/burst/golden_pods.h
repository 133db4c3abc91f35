#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "burst/translate.h"

/// tests/golden/pods: pods as an API server stores them, in the shapes that training and serving frameworks
/// make, with the result for each. NAME.case.json is written by hand: "pod", "twinStatus" and, where it is
/// not the default, "policy". NAME.expected.json is the code's output as a person last read it.
namespace burst {

struct GoldenPod {
  std::string name;
  nlohmann::json pod;
  nlohmann::json twin_status;
  PodPolicy policy;
  std::filesystem::path expected;  ///< file
};

std::vector<GoldenPod> golden_pods();
/// The same for every run, but for the pod and its policy.
TwinContext golden_context(const GoldenPod& golden);

/// JSON that people can read: a value that fits into a line is in one line.
std::string readable(const nlohmann::json& value, std::size_t indent = 0);

}  // namespace burst
