#include "real_kubelet.h"

#include <filesystem>

namespace testing_support {

using namespace std::chrono_literals;
using nlohmann::json;

namespace {

json real_provider() {
  json provider = standard_provider("neocloud-eu");
  provider["metadata"]["name"] = kRealCluster;
  provider["spec"]["kubeconfigSecretRef"]["name"] = kRealCluster;
  provider["spec"]["regions"] = {{{"name", "eu-south-03"}, {"country", "ES"}}};
  return provider;
}

}  // namespace

void RealKubelet::SetUp() {
  if (find_object(sandbox_.admin(kRealCluster), kube::kNodes, {}, "neocloud-es-real-0").is_null())
    GTEST_SKIP() << "no node with a real kubelet: hack/sandbox kubelet up";
  EndToEnd::SetUp();
  if (HasFatalFailure()) return;
  ensure_provider_secret(sandbox_, kRealCluster);
  ensure_object(home(), api::kProviders, real_provider());
  neoburst_.wait_condition(kRealCluster, "Ready", "True");
  json claim = open_claim(ns_, "real");
  claim["spec"]["providers"] = {{"allow", {kRealCluster}}};
  create_claim(claim, {kRealBurstNode});
}

json RealKubelet::workload_pod(const std::string& name, const std::vector<std::string>& arguments) const {
  json pod = gpu_pod(ns_, name, "");
  json& container = pod["spec"]["containers"][0];
  container.erase("command");
  container["image"] = kWorkloadImage;
  container["args"] = arguments;
  return pod;
}

json RealKubelet::run(const json& pod) {
  create_pod(pod);
  return wait_phase(name_of(pod), "Running");
}

json RealKubelet::wait_container(const std::string& name, const std::string& what,
                                 const std::function<bool(const json&)>& wanted) {
  json found;
  require_alive_within(name + ": " + what, 90s, [&] {
    const json now = pod(name);
    for (const json& status : now.value("status", json::object()).value("containerStatuses", json::array())) {
      if (status.value("name", "") == "main") found = status;
    }
    return found.is_object() && wanted(found) ? std::string() : now.value("status", json::object()).dump();
  });
  return found;
}

std::vector<std::string> RealKubelet::command_line(std::vector<std::string> arguments) const {
  const std::string verb = arguments.front();
  arguments.erase(arguments.begin());
  std::vector<std::string> command{verb, "--namespace", ns_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

CommandResult RealKubelet::on_pod(std::vector<std::string> arguments, const std::string& input) {
  return kubectl(sandbox_, command_line(std::move(arguments)), input);
}

std::unique_ptr<Process> RealKubelet::start_on_pod(std::vector<std::string> arguments,
                                                   const std::string& log) {
  std::vector<std::string> command{sandbox_.kubectl(), "--kubeconfig", sandbox_.admin_kubeconfig("home")};
  for (std::string& argument : command_line(std::move(arguments))) command.push_back(std::move(argument));
  const std::string file = neoburst_.log_folder() + "/" + ns_ + "-" + log;
  std::filesystem::remove(file);
  return std::make_unique<Process>(std::move(command), file);
}

void RealKubelet::wait_text(const std::string& file, const std::string& text) {
  require_alive_within("\"" + text + "\" in " + file, 60s, [&] {
    const std::string seen = std::filesystem::exists(file) ? read_text(file) : "";
    return seen.find(text) != std::string::npos ? std::string() : "it says: " + tail_of(file, 5);
  });
}

}  // namespace testing_support
