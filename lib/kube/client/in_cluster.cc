#include <charconv>
#include <cstdlib>

#include "kube/client/config.h"
#include "kube/client/token_source.h"

namespace kube {

namespace {

const std::string kFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace

base::Result<ClientConfig> in_cluster_config() {
  ClientConfig config;
  config.endpoint.host = environment("KUBERNETES_SERVICE_HOST");
  const std::string port = environment("KUBERNETES_SERVICE_PORT");
  if (config.endpoint.host.empty() || port.empty()) {
    return base::fail(base::Code::kInvalid,
                      "not in a pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set; "
                      "use a kubeconfig");
  }
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), config.endpoint.port);
  if (error != std::errc() || end != port.data() + port.size() || config.endpoint.port == 0) {
    return base::fail(base::Code::kInvalid, "KUBERNETES_SERVICE_PORT: \"" + port + "\" is not a port");
  }
  auto ca = read_small_file(kFolder + "/ca.crt");
  if (!ca) return base::fail(std::move(ca.error()));
  config.tls.ca_pem = std::move(*ca);
  config.token = std::make_shared<FileToken>(kFolder + "/token");
  auto token = config.token->token();
  if (!token) {
    return base::fail(
        std::move(token.error()).with_context("service account (is automountServiceAccountToken off?)"));
  }
  if (auto ns = read_small_file(kFolder + "/namespace")) {
    if (auto name = clean_token(*ns)) config.default_namespace = std::move(*name);
  }
  return config;
}

}  // namespace kube
