#include "support/node_port.h"

#include "support/process.h"

namespace testing_support {

using nlohmann::json;

std::uint16_t NodePort::number() {
  const json node = find_object(sandbox_.home(), kube::kNodes, {}, node_);
  return node.at("/status/daemonEndpoints/kubeletEndpoint/Port"_json_pointer).get<std::uint16_t>();
}

std::string NodePort::ask(const std::string& path, const std::vector<std::string>& more) {
  std::vector<std::string> command{
      "curl",          "-sk",        "--http1.1", "-w",
      " %{http_code}", "--max-time", "20",        "https://127.0.0.1:" + std::to_string(number()) + path};
  command.insert(command.end(), more.begin(), more.end());
  return run_command(command).output;
}

std::string NodePort::ask_as_api_server(const std::string& path, std::vector<std::string> more) {
  const std::string pki = home_pki(sandbox_);
  more.insert(more.end(), {"--cert", pki + "kubelet-client.crt", "--key", pki + "kubelet-client.key"});
  return ask(path, more);
}

std::string NodePort::ask_with_token(const std::string& path, const std::string& token) {
  return ask(path, {"-H", "Authorization: Bearer " + token});
}

std::string home_pki(const Sandbox& sandbox) {
  return sandbox.folder() + "/" + Sandbox::clusters().front() + "/pki/";
}

}  // namespace testing_support
