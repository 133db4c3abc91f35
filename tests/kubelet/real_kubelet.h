#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/e2e.h"

namespace testing_support {

inline constexpr const char* kRealCluster = "neocloud-es";
inline constexpr const char* kRealOffer = "neocloud-es-eu-south-03-h100-ondemand";
inline constexpr const char* kRealBurstNode = "neoburst-neocloud-es-eu-south-03-h100-ondemand";
inline constexpr const char* kWorkloadImage = "sandbox.neoburst.io/workload:1";

/// A test with the provider whose one node has a real kubelet (hack/sandbox kubelet up): pods of its
/// namespace burst there and nowhere else. Skipped where that node does not exist.
class RealKubelet : public EndToEnd {
 protected:
  void SetUp() override;

  /// A pod of one GPU whose container "main" runs the test program (hack/sandbox.d/workload) with
  /// `arguments`.
  nlohmann::json workload_pod(const std::string& name, const std::vector<std::string>& arguments) const;
  /// Creates it and waits until it runs; the pod at home.
  nlohmann::json run(const nlohmann::json& pod);
  /// Waits until container "main" of the pod at home has the wanted status; `missing` says what is not so
  /// yet.
  nlohmann::json wait_container(const std::string& pod, const std::string& what,
                                const std::function<bool(const nlohmann::json&)>& wanted);
  /// kubectl VERB --namespace NS MORE... at home.
  CommandResult on_pod(std::vector<std::string> arguments, const std::string& input = {});
  /// The same, running on in the background with its output in a file of its own (Process::log).
  std::unique_ptr<Process> start_on_pod(std::vector<std::string> arguments, const std::string& log);
  /// Waits until `file` contains `text`.
  void wait_text(const std::string& file, const std::string& text);

 private:
  std::vector<std::string> command_line(std::vector<std::string> arguments) const;
};

}  // namespace testing_support
