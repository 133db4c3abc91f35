#include "support/sandbox.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace testing_support {
namespace {

std::string environment(const char* name, const std::string& otherwise = {}) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

std::string folder_of_environment() {
  if (auto folder = environment("NEOBURST_SANDBOX_DIR"); !folder.empty()) return folder;
  return environment("TMPDIR", "/tmp") + "/neoburst-sandbox-" + std::to_string(::getuid()) + "/" +
         environment("NEOBURST_SANDBOX", "default");
}

std::uint16_t read_extender_port(const std::string& file) {
  std::ifstream in(file);
  std::string name;
  for (unsigned port = 0; in >> name >> port;) {
    if (name == "extender") return static_cast<std::uint16_t>(port);
  }
  throw std::runtime_error(file + " does not name the extender's port");
}

std::string text_at(const nlohmann::json& object, const char* field) {
  return object.at("metadata").value(field, std::string());
}

[[noreturn]] void fail(const std::string& what, const base::Status& status) {
  throw std::runtime_error(what + ": " + status.text());
}

}  // namespace

Sandbox& Sandbox::get() {
  static Sandbox sandbox(folder_of_environment());
  return sandbox;
}

Sandbox::Sandbox(std::string folder) : folder_(std::move(folder)) {
  if (!std::filesystem::exists(folder_ + "/up")) {
    throw std::runtime_error("no sandbox runs in " + folder_ +
                             ": start one with hack/sandbox up and name it in NEOBURST_SANDBOX");
  }
  extender_port_ = read_extender_port(folder_ + "/ports");
  for (const auto& cluster : clusters()) {
    auto config = kube::load_kubeconfig(admin_kubeconfig(cluster));
    if (!config) fail(admin_kubeconfig(cluster), config.error());
    auto client = kube::Client::make(*config, "neoburst-test/0.1");
    if (!client) fail(cluster, client.error());
    admins_[cluster] = std::move(*client);
  }
}

bool Sandbox::audited() const { return std::filesystem::exists(audit_log("home")); }

const std::vector<std::string>& Sandbox::providers() {
  static const std::vector<std::string> names{"neocloud-eu", "neocloud-us"};
  return names;
}

const std::vector<std::string>& Sandbox::provider_clusters() {
  static const std::vector<std::string> names{"neocloud-eu", "neocloud-us", "neocloud-es"};
  return names;
}

std::vector<std::string> Sandbox::clusters() {
  std::vector<std::string> all{"home"};
  all.insert(all.end(), provider_clusters().begin(), provider_clusters().end());
  return all;
}

kube::Client& Sandbox::admin(const std::string& cluster) { return *admins_.at(cluster); }

std::string Sandbox::admin_kubeconfig(const std::string& cluster) const {
  return folder_ + "/" + (cluster == "home" ? "home" : cluster + "-admin") + ".kubeconfig";
}

std::vector<nlohmann::json> list_all(kube::Client& client, const kube::Resource& resource,
                                     const std::string& ns, const std::string& label_selector) {
  kube::ListOptions options{.label_selector = label_selector, .limit = 0};
  auto reply = client.send(kube::list_request(resource, ns, options));
  if (!reply) fail("list of " + std::string(resource.plural), reply.error());
  auto items = nlohmann::json::parse(reply->body).at("items");
  return {items.begin(), items.end()};
}

nlohmann::json find_object(kube::Client& client, const kube::Resource& resource, const std::string& ns,
                           const std::string& name) {
  auto found = client.get(resource, ns, name);
  if (found) return std::move(*found);
  if (!found.error().is(base::Code::kNotFound))
    fail(std::string(resource.plural) + " " + name, found.error());
  return nullptr;
}

nlohmann::json must_create(kube::Client& client, const kube::Resource& resource,
                           const nlohmann::json& object) {
  auto created = client.create(resource, text_at(object, "namespace"), object);
  if (!created)
    fail("creating " + std::string(resource.kind) + " " + text_at(object, "name"), created.error());
  return std::move(*created);
}

void ensure_object(kube::Client& client, const kube::Resource& resource, const nlohmann::json& object) {
  const std::string name = text_at(object, "name");
  base::Status last{base::Code::kConflict, "", std::nullopt};
  // A controller that writes at the same moment is no reason to give up.
  for (int attempt = 0; attempt < 10; ++attempt) {
    nlohmann::json live = find_object(client, resource, text_at(object, "namespace"), name);
    const bool is_new = live.is_null();
    if (is_new) live = object;
    for (const auto& [key, value] : object.items()) {
      if (key != "metadata") live[key] = value;
    }
    const auto written =
        is_new ? client.create(resource, text_at(object, "namespace"), live) : client.update(resource, live);
    if (written) return;
    last = written.error();
    if (!last.is(base::Code::kConflict) && !last.is(base::Code::kAlreadyExists)) break;
  }
  fail("writing " + name, last);
}

void must_delete(kube::Client& client, const kube::Resource& resource, const std::string& ns,
                 const std::string& name, const kube::DeleteOptions& options) {
  if (auto gone = client.remove(resource, ns, name, options); !gone) fail("deleting " + name, gone.error());
}

}  // namespace testing_support
