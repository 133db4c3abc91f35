#include "support/kubectl.h"

namespace testing_support {

CommandResult kubectl(Sandbox& sandbox, const std::vector<std::string>& arguments, const std::string& input,
                      const std::string& cluster) {
  std::vector<std::string> command{sandbox.kubectl(), "--kubeconfig", sandbox.admin_kubeconfig(cluster)};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return run_command(command, input);
}

}  // namespace testing_support
