#include "program/kubeconfig_choice.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>
#include <vector>

#include "base/log.h"

namespace program {
namespace {

std::vector<std::string> split_paths(const std::string& variable) {
  std::vector<std::string> out;
  std::size_t begin = 0;
  while (begin <= variable.size()) {
    const std::size_t end = std::min(variable.find(':', begin), variable.size());
    if (end > begin) out.push_back(variable.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool file_exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

}  // namespace

base::Result<KubeconfigChoice> choose_kubeconfig(KubeconfigPolicy policy, const KubeconfigSources& sources,
                                                 const std::function<bool(const std::string& path)>& exists) {
  if (!sources.flag.empty()) return KubeconfigChoice{sources.flag, ""};
  const auto paths = split_paths(sources.variable);
  if (paths.empty()) {
    if (policy == KubeconfigPolicy::kService || sources.home_folder.empty()) return KubeconfigChoice{};
    const std::string usual = sources.home_folder + "/.kube/config";
    return KubeconfigChoice{exists(usual) ? usual : "", ""};
  }
  const auto found = std::ranges::find_if(paths, exists);
  if (found == paths.end()) {
    return base::fail(base::Code::kNotFound, "none of the files of KUBECONFIG exists (" + sources.variable +
                                                 "); correct the variable or use --kubeconfig");
  }
  if (paths.size() == 1) return KubeconfigChoice{*found, ""};
  return KubeconfigChoice{*found, "KUBECONFIG names several files; only " + *found + " is read"};
}

base::Result<ChosenCluster> chosen_cluster(KubeconfigPolicy policy, const std::string& flag,
                                           const std::string& context) {
  auto choice =
      choose_kubeconfig(policy, {flag, environment("KUBECONFIG"), environment("HOME")}, file_exists);
  if (!choice) return base::fail(std::move(choice.error()));
  if (policy == KubeconfigPolicy::kService && !choice->note.empty()) {
    base::log_warning("one kubeconfig of several is read", {{"note", choice->note}});
  }
  const bool by_service_account = choice->path.empty();
  auto config = by_service_account ? kube::in_cluster_config() : kube::load_kubeconfig(choice->path, context);
  if (config) return ChosenCluster{std::move(*config), by_service_account, std::move(choice->note)};
  if (policy == KubeconfigPolicy::kPerson && by_service_account) {
    return base::fail(
        base::Code::kNotFound,
        "there is no kubeconfig: name one with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config");
  }
  return base::fail(std::move(config.error()));
}

}  // namespace program
