#include "cli/home_cluster.h"

#include <cstdlib>
#include <filesystem>

#include "cli/kubeconfig_choice.h"
#include "cli/progress.h"
#include "kube/client/config.h"

namespace cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool exists(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

base::Result<kube::ClientConfig> read_config(const GlobalFlags& flags,
                                             const std::function<void(const std::string&)>& note) {
  auto choice = choose_kubeconfig({flags.kubeconfig, environment("KUBECONFIG"), environment("HOME")}, exists);
  if (!choice) return base::fail(std::move(choice.error()));
  if (!choice->note.empty()) note(choice->note);
  if (!choice->path.empty()) return kube::load_kubeconfig(choice->path, flags.context);
  auto config = kube::in_cluster_config();
  if (config) return config;
  return base::fail(
      base::Code::kNotFound,
      "there is no kubeconfig: name one with --kubeconfig or in KUBECONFIG, or put it at ~/.kube/config");
}

std::string server_of(const net::Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return std::string(endpoint.tls ? "https" : "http") + "://" +
         (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace

base::Result<HomeCluster> HomeCluster::connect(const GlobalFlags& flags,
                                               std::function<void(const std::string&)> note) {
  auto config = read_config(flags, note);
  if (!config) return base::fail(std::move(config.error()));
  auto client = kube::Client::make(*config, "kubectl-neoburst/0.1");
  if (!client) return base::fail(std::move(client.error()));
  std::string ns = flags.ns.empty() ? config->default_namespace : flags.ns;
  return HomeCluster(std::move(*client), std::move(ns), std::move(note));
}

base::Status HomeCluster::explained(const char* verb, const kube::Resource& resource, std::string_view ns,
                                    const std::string& name, base::Status status) const {
  const FailedRequest request{.verb = verb,
                              .resource = &resource,
                              .ns = std::string(ns),
                              .name = name,
                              .server = server_of(client_->config().endpoint),
                              .context = client_->config().context};
  status.message = explain_failure(request, status);
  return status;
}

base::Outcome HomeCluster::visit(const kube::Resource& resource, std::string_view ns,
                                 const std::string& label_selector,
                                 const std::function<bool(kube::JsonObject&)>& visit,
                                 const std::function<void()>& restart) {
  const Progress progress("reading " + std::string(resource.plural) + " ...", note_);
  std::size_t unread = 0;
  const auto listed = client_->list(
      resource, ns, {.label_selector = label_selector},
      [&](kube::JsonObject& object) -> base::Outcome {
        if (!visit(object)) ++unread;
        return {};
      },
      [&] {
        unread = 0;
        restart();
      });
  if (!listed) return base::fail(explained("list", resource, ns, {}, listed.error()));
  if (unread > 0)
    note_(std::to_string(unread) + " " + std::string(resource.plural) + " cannot be read and are left out");
  return {};
}

base::Result<std::vector<nlohmann::json>> HomeCluster::list_documents(const kube::Resource& resource,
                                                                      std::string_view ns,
                                                                      const std::string& label_selector) {
  std::vector<nlohmann::json> out;
  auto listed = visit(
      resource, ns, label_selector,
      [&](kube::JsonObject& object) {
        std::string_view raw;
        if (object.raw_json().get(raw)) return false;
        auto document = nlohmann::json::parse(raw, nullptr, false);
        if (document.is_discarded()) return false;
        out.push_back(std::move(document));
        return true;
      },
      [&] { out.clear(); });
  if (!listed) return base::fail(std::move(listed.error()));
  return out;
}

base::Result<nlohmann::json> HomeCluster::get(const kube::Resource& resource, std::string_view ns,
                                              const std::string& name) {
  const Progress progress("reading " + std::string(resource.plural) + "/" + name + " ...", note_);
  auto object = client_->get(resource, ns, name);
  if (!object) return base::fail(explained("get", resource, ns, name, std::move(object.error())));
  return object;
}

}  // namespace cli
