#include "cli/kubeconfig_choice.h"

#include <algorithm>

namespace cli {
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

}  // namespace

base::Result<KubeconfigChoice> choose_kubeconfig(const KubeconfigSources& sources,
                                                 const std::function<bool(const std::string& path)>& exists) {
  if (!sources.flag.empty()) return KubeconfigChoice{sources.flag, ""};
  const auto paths = split_paths(sources.variable);
  if (paths.empty()) {
    const std::string usual = sources.home_folder.empty() ? "" : sources.home_folder + "/.kube/config";
    return KubeconfigChoice{!usual.empty() && exists(usual) ? usual : "", ""};
  }
  const auto found = std::ranges::find_if(paths, exists);
  if (found == paths.end()) {
    return base::fail(base::Code::kNotFound, "none of the files of KUBECONFIG exists (" + sources.variable +
                                                 "); correct the variable or use --kubeconfig");
  }
  if (paths.size() == 1) return KubeconfigChoice{*found, ""};
  return KubeconfigChoice{*found, "KUBECONFIG names several files; only " + *found + " is read"};
}

}  // namespace cli
