#include "support/references.h"

#include <algorithm>

#include "burst/names.h"
#include "support/objects.h"
#include "support/process.h"

namespace testing_support {
namespace {

using nlohmann::json;

json object(const char* kind, const std::string& ns, const std::string& name) {
  return {{"apiVersion", "v1"}, {"kind", kind}, {"metadata", {{"namespace", ns}, {"name", name}}}};
}

}  // namespace

json config_map(const std::string& ns, const std::string& name, const Texts& data) {
  json out = object("ConfigMap", ns, name);
  out["data"] = data;
  return out;
}

json opaque_secret(const std::string& ns, const std::string& name, const Texts& values) {
  json out = object("Secret", ns, name);
  out["type"] = "Opaque";
  out["data"] = json::object();
  for (const auto& [key, value] : values) out["data"][key] = base64(value);
  return out;
}

json pull_secret(const std::string& ns, const std::string& name) {
  json out = object("Secret", ns, name);
  out["type"] = "kubernetes.io/dockerconfigjson";
  out["data"] = {{".dockerconfigjson", base64(R"({"auths":{}})")}};
  return out;
}

json headless_service(const std::string& ns, const std::string& name) {
  json out = object("Service", ns, name);
  out["spec"] = {
      {"clusterIP", "None"}, {"selector", {{"app", name}}}, {"ports", {{{"name", "rdzv"}, {"port", 29500}}}}};
  return out;
}

json secret_variable(const std::string& name, const std::string& secret, const std::string& key) {
  return {{"name", name}, {"valueFrom", {{"secretKeyRef", {{"name", secret}, {"key", key}}}}}};
}

json with_environment(json pod, const std::string& config_map) {
  pod["spec"]["containers"][0]["envFrom"] = json::array({{{"configMapRef", {{"name", config_map}}}}});
  return pod;
}

std::string base64(const std::string& text) { return run_command({"/usr/bin/base64", "-w0"}, text).output; }

std::vector<json> copies_at(Sandbox& sandbox, const std::string& provider, const std::string& home_namespace,
                            const kube::Resource& kind) {
  auto found = list_all(sandbox.admin(provider), kind, {}, std::string(burst::kRoleLabel) + "=copy");
  std::erase_if(found, [&](const json& copy) {
    const json annotations = copy["metadata"].value("annotations", json::object());
    return annotations.value(std::string(burst::kHomeNamespaceAnnotation), "") != home_namespace;
  });
  return found;
}

Breaches places_of(Sandbox& sandbox, const std::string& provider, const std::vector<std::string>& texts) {
  Breaches places;
  for (const kube::Resource& kind :
       {kube::kPods, kube::kConfigMaps, kube::kSecrets, kube::kServices, kube::kEvents}) {
    for (const json& each : list_all(sandbox.admin(provider), kind)) {
      const std::string text = each.dump();
      const bool has = std::ranges::any_of(
          texts, [&](const std::string& part) { return text.find(part) != std::string::npos; });
      if (has) {
        places.push_back(std::string(kind.kind) + " " + each["metadata"].value("namespace", "") + "/" +
                         name_of(each));
      }
    }
  }
  return places;
}

std::vector<std::string> events_of(Sandbox& sandbox, const std::string& ns, const std::string& name) {
  std::vector<std::string> events;
  for (const json& event : list_all(sandbox.home(), kube::kEvents, ns)) {
    if (event.value("regarding", json::object()).value("name", "") != name) continue;
    events.push_back(event.value("reason", "") + ": " + event.value("note", ""));
  }
  return events;
}

}  // namespace testing_support
