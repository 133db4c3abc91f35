#include "cli/home_cluster.h"

#include "cli/progress.h"
#include "program/identity.h"
#include "program/kubeconfig_choice.h"

namespace cli {
namespace {

std::string server_of(const net::Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  return std::string(endpoint.tls ? "https" : "http") + "://" +
         (ipv6 ? "[" + endpoint.host + "]" : endpoint.host) + ":" + std::to_string(endpoint.port);
}

}  // namespace

base::Result<HomeCluster> HomeCluster::connect(const GlobalFlags& flags,
                                               std::function<void(const std::string&)> note) {
  auto chosen = program::chosen_cluster(program::KubeconfigPolicy::kPerson, flags.kubeconfig, flags.context);
  if (!chosen) return base::fail(std::move(chosen.error()));
  if (!chosen->note.empty()) note(chosen->note);
  auto client = kube::Client::make(chosen->config, program::user_agent(program::kPlugin));
  if (!client) return base::fail(std::move(client.error()));
  std::string ns = flags.ns.empty() ? chosen->config.default_namespace : flags.ns;
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
