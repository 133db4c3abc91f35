#include "support/objects.h"

namespace testing_support {
namespace {

using nlohmann::json;

json pod_spec(const std::string& sleep, int gpus) {
  return {{"restartPolicy", "Never"},
          {"containers",
           {{{"name", "main"},
             {"image", "registry.example.com/train:1"},
             {"command", {"sleep", sleep}},
             {"resources", {{"limits", {{"nvidia.com/gpu", std::to_string(gpus)}}}}}}}}};
}

json claim(const std::string& ns, const std::string& name, json location) {
  return {{"apiVersion", "neoburst.io/v1alpha1"},
          {"kind", "GPUCapacityClaim"},
          {"metadata", {{"namespace", ns}, {"name", name}}},
          {"spec", {{"burst", {{"after", "0s"}}}, {"location", std::move(location)}}}};
}

json provider(const std::string& name, const std::string& secret, const std::string& jurisdiction,
              json regions, const std::string& price) {
  return {{"apiVersion", "neoburst.io/v1alpha1"},
          {"kind", "NeocloudProvider"},
          {"metadata", {{"name", name}}},
          {"spec",
           {{"profile", "generic"},
            {"kubeconfigSecretRef", {{"name", secret}}},
            {"regions", std::move(regions)},
            {"operatorJurisdiction", jurisdiction},
            {"prices",
             {{"currency", "USD"},
              {"asOf", "2026-11-01"},
              {"list", {{{"model", "H100"}, {"perGPUHour", price}}}}}}}}};
}

}  // namespace

json gpu_pod(const std::string& ns, const std::string& name, const std::string& sleep, int gpus) {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", {{"namespace", ns}, {"name", name}}},
          {"spec", pod_spec(sleep, gpus)}};
}

json gpu_job(const std::string& ns, const std::string& name, int completions, int parallelism,
             const std::string& sleep) {
  return {{"apiVersion", "batch/v1"},
          {"kind", "Job"},
          {"metadata", {{"namespace", ns}, {"name", name}}},
          {"spec",
           {{"completions", completions},
            {"parallelism", parallelism},
            {"backoffLimit", 0},
            {"template", {{"spec", pod_spec(sleep, 1)}}}}}};
}

json open_claim(const std::string& ns, const std::string& name) { return claim(ns, name, json::object()); }

json eu_claim(const std::string& ns, const std::string& name) {
  return claim(ns, name, {{"countries", {"EU"}}, {"operatorJurisdictions", {"EU"}}});
}

json standard_provider(const std::string& name) {
  if (name == "neocloud-eu")
    return provider(name, name, "NL", {{{"name", "eu-north1"}, {"country", "FI"}}}, "2.95");
  return provider(name, name, "US", {{{"name", "us-east1"}, {"country", "US"}}}, "2.46");
}

json declared_provider(const std::string& name, const std::string& secret,
                       const std::vector<std::string>& regions, int gpus) {
  json places = json::array();
  json declared = json::array();
  for (const std::string& region : regions) {
    places.push_back({{"name", region}, {"country", "FI"}});
    declared.push_back({{"region", region}, {"model", "H100"}, {"gpus", gpus}, {"memoryGiB", 80}});
  }
  json out = provider(name, secret, "NL", std::move(places), "9.00");
  out["spec"]["capacity"] = {{"mode", "Declared"}, {"declared", std::move(declared)}};
  return out;
}

json gpu_node(const std::string& name, const std::string& region, json labels, int gpus) {
  labels["kubernetes.io/os"] = "linux";
  labels["kubernetes.io/arch"] = "amd64";
  labels["kubernetes.io/hostname"] = name;
  labels["topology.kubernetes.io/region"] = region;
  labels[kTestLabel] = "1";
  const json room = {{"cpu", "256"},
                     {"memory", "2000Gi"},
                     {"ephemeral-storage", "2Ti"},
                     {"pods", "110"},
                     {"nvidia.com/gpu", std::to_string(gpus)}};
  return {
      {"apiVersion", "v1"},
      {"kind", "Node"},
      {"metadata",
       {{"name", name}, {"annotations", {{"kwok.x-k8s.io/node", "fake"}}}, {"labels", std::move(labels)}}},
      {"status", {{"capacity", room}, {"allocatable", room}}}};
}

json cluster_config(json spec) {
  return {{"apiVersion", "neoburst.io/v1alpha1"},
          {"kind", "NeoburstConfig"},
          {"metadata", {{"name", "cluster"}}},
          {"spec", std::move(spec)}};
}

json kubeconfig_secret(const std::string& name, const std::string& kubeconfig) {
  return {{"apiVersion", "v1"},
          {"kind", "Secret"},
          {"metadata", {{"namespace", "neoburst-system"}, {"name", name}}},
          {"stringData", {{"kubeconfig", kubeconfig}}}};
}

std::string name_of(const json& object) { return object.at("metadata").value("name", std::string()); }
std::string uid_of(const json& object) { return object.at("metadata").value("uid", std::string()); }

std::string phase_of(const json& pod) {
  if (!pod.is_object() || !pod.contains("status")) return {};
  return pod["status"].value("phase", std::string());
}

std::string node_of(const json& pod) {
  return pod.is_object() ? pod.at("spec").value("nodeName", std::string()) : std::string();
}

json condition_of(const json& object, const std::string& type) {
  if (!object.is_object() || !object.contains("status")) return json::object();
  for (const json& condition : object["status"].value("conditions", json::array())) {
    if (condition.value("type", "") == type) return condition;
  }
  return json::object();
}

}  // namespace testing_support
