#include "burst/copies.h"

#include <utility>

#include "burst/names.h"

namespace burst {
namespace {

using nlohmann::json;

constexpr const char* kNoClusterIp = "None";

std::string_view api_kind(CopyKind kind) { return to_string(kind); }

CopyKind kind_of(ReferenceKind kind) {
  return kind == ReferenceKind::kSecret ? CopyKind::kSecret : CopyKind::kConfigMap;
}

/// The first part of a root's key.
std::string_view short_name(CopyKind kind) {
  switch (kind) {
    case CopyKind::kConfigMap:
      return "configmap";
    case CopyKind::kSecret:
      return "secret";
    case CopyKind::kService:
      return "service";
  }
  return "";
}

std::optional<CopyKind> parse_short_name(std::string_view text) {
  for (const CopyKind kind : {CopyKind::kConfigMap, CopyKind::kSecret, CopyKind::kService}) {
    if (short_name(kind) == text) return kind;
  }
  return std::nullopt;
}

json labels_of(const CopyPlace& place, std::string_view role) {
  return {{std::string(kInstallationLabel), place.installation}, {std::string(kRoleLabel), role}};
}

/// An object field of `document`, empty where it is missing or of another type.
json object_at(const json& document, const char* field) {
  if (!document.is_object()) return json::object();
  const auto found = document.find(field);
  return found != document.end() && found->is_object() ? *found : json::object();
}

/// The members of `data` that are to be copied.
json chosen(const json& source, const char* field, const std::set<std::string>& keys) {
  json out = json::object();
  const json all = object_at(source, field);
  for (const auto& [key, value] : all.items()) {
    if (keys.empty() || keys.contains(key)) out[key] = value;
  }
  return out;
}

std::string copied_type(const json& source, const json& data) {
  const std::string type = source.value("type", "");
  const bool pulls = (type == "kubernetes.io/dockerconfigjson" && data.contains(".dockerconfigjson")) ||
                     (type == "kubernetes.io/dockercfg" && data.contains(".dockercfg"));
  return pulls ? type : "Opaque";
}

json service_spec(const CopyPlace& place, const Copy& copy, const json& source) {
  const json spec = object_at(source, "spec");
  const json listed = spec.value("ports", json::array());
  json ports = json::array();
  for (const json& port : listed) {
    json one = json::object();
    for (const char* field : {"name", "protocol", "port", "targetPort", "appProtocol"}) {
      if (port.contains(field)) one[field] = port[field];
    }
    ports.push_back(std::move(one));
  }
  return {{"clusterIP", kNoClusterIp},
          {"publishNotReadyAddresses", spec.value("publishNotReadyAddresses", false)},
          {"selector",
           {{std::string(kSubdomainLabel),
             subdomain_value(place.installation, place.home_namespace, copy.source)}}},
          {"ports", std::move(ports)}};
}

json metadata_of(const CopyPlace& place, const std::string& root_uid, const Copy& copy) {
  json labels = labels_of(place, "copy");
  // Distinguishes our own from those of another home namespace, which may want the same name.
  if (copy.kind == CopyKind::kService) {
    labels[std::string(kSubdomainLabel)] =
        subdomain_value(place.installation, place.home_namespace, copy.source);
  }
  return {{"name", copy.name},
          {"namespace", place.remote_namespace},
          {"labels", std::move(labels)},
          {"annotations", {{std::string(kHomeNamespaceAnnotation), place.home_namespace}}},
          {"ownerReferences", json::array({{{"apiVersion", "v1"},
                                            {"kind", "ConfigMap"},
                                            {"name", root_name(place.installation, place.home_namespace)},
                                            {"uid", root_uid},
                                            {"controller", true}}})}};
}

std::string lower(ReferenceKind kind) { return kind == ReferenceKind::kSecret ? "secret" : "configmap"; }

/// In the words of kubelet/kuberuntime and the volume plugins, which people search the web for.
Missing in_kubelets_words(const Reference& reference, const std::string& problem) {
  if (!reference.volume.empty()) {
    return {"FailedMount", "MountVolume.SetUp failed for volume \"" + reference.volume + "\" : " + problem,
            problem};
  }
  return {"Failed", "Error: " + problem, problem};
}

bool has_key(const json& source, const std::string& key) {
  return object_at(source, "data").contains(key) || object_at(source, "binaryData").contains(key);
}

}  // namespace

std::string_view to_string(CopyKind kind) {
  switch (kind) {
    case CopyKind::kConfigMap:
      return "ConfigMap";
    case CopyKind::kSecret:
      return "Secret";
    case CopyKind::kService:
      return "Service";
  }
  return "";
}

std::vector<Copy> copies_of(const CopyPlace& place, const std::vector<Reference>& references) {
  std::vector<Copy> out;
  out.reserve(references.size());
  for (const Reference& r : references) {
    out.push_back({kind_of(r.kind), copy_name(place.installation, place.home_namespace, r), r.name, r.keys});
  }
  return out;
}

std::optional<Copy> service_of(const json& pod) {
  const std::string name = object_at(pod, "spec").value("subdomain", "");
  if (name.empty()) return std::nullopt;
  return Copy{CopyKind::kService, name, name};
}

bool is_headless(const json& service) {
  return object_at(service, "spec").value("clusterIP", "") == kNoClusterIp;
}

json make_root(const CopyPlace& place) {
  return {{"apiVersion", "v1"},
          {"kind", "ConfigMap"},
          {"metadata",
           {{"name", root_name(place.installation, place.home_namespace)},
            {"namespace", place.remote_namespace},
            {"labels", labels_of(place, "root")},
            {"annotations", {{std::string(kHomeNamespaceAnnotation), place.home_namespace}}}}}};
}

std::string root_key(const Copy& copy) { return std::string(short_name(copy.kind)) + "." + copy.name; }

std::pair<std::string, std::string> root_entry(const Copy& copy) {
  json value = {{"source", copy.source}};
  if (!copy.keys.empty()) value["keys"] = copy.keys;
  return {root_key(copy), value.dump()};
}

std::vector<Copy> listed_copies(const json& root) {
  std::vector<Copy> out;
  const json data = object_at(root, "data");
  for (const auto& [key, text] : data.items()) {
    const auto dot = key.find('.');
    const auto kind = parse_short_name(std::string_view(key).substr(0, dot));
    if (!kind || dot == std::string::npos || !text.is_string()) continue;
    const json value = json::parse(text.get<std::string>(), nullptr, false);
    if (!value.is_object() || !value.contains("source") || !value["source"].is_string()) continue;
    Copy copy{*kind, key.substr(dot + 1), value["source"].get<std::string>()};
    bool readable = true;
    const json keys = value.value("keys", json::array());
    for (const json& each : keys) {
      readable = readable && each.is_string();
      if (each.is_string()) copy.keys.insert(each.get<std::string>());
    }
    // A key that was lost must not widen the copy.
    if (readable && !copy.name.empty()) out.push_back(std::move(copy));
  }
  return out;
}

std::optional<json> copy_object(const CopyPlace& place, const std::string& root_uid, const Copy& copy,
                                const json& source) {
  json object = {
      {"apiVersion", "v1"}, {"kind", api_kind(copy.kind)}, {"metadata", metadata_of(place, root_uid, copy)}};
  switch (copy.kind) {
    case CopyKind::kConfigMap:
      object["data"] = chosen(source, "data", copy.keys);
      object["binaryData"] = chosen(source, "binaryData", copy.keys);
      break;
    case CopyKind::kSecret:
      object["data"] = chosen(source, "data", copy.keys);
      object["type"] = copied_type(source, object["data"]);
      break;
    case CopyKind::kService:
      if (!is_headless(source)) return std::nullopt;
      object["spec"] = service_spec(place, copy, source);
      break;
  }
  return object;
}

std::optional<Missing> missing_part(const Reference& reference, std::string_view home_namespace,
                                    const json* source) {
  if (reference.optional) return std::nullopt;
  const std::string kind = lower(reference.kind);
  if (source == nullptr) return in_kubelets_words(reference, kind + " \"" + reference.name + "\" not found");
  for (const std::string& key : reference.required_keys) {
    if (has_key(*source, key)) continue;
    if (!reference.volume.empty()) {
      const std::string what = reference.kind == ReferenceKind::kSecret ? "secret" : "config";
      return in_kubelets_words(reference, (reference.kind == ReferenceKind::kSecret ? "" : "configmap ") +
                                              std::string("references non-existent ") + what +
                                              " key: " + key);
    }
    return in_kubelets_words(reference, "couldn't find key " + key + " in " +
                                            std::string(to_string(reference.kind)) + " " +
                                            std::string(home_namespace) + "/" + reference.name);
  }
  return std::nullopt;
}

std::string type_refusal(const PodPolicy& policy, std::string_view name, std::string_view type) {
  const std::string which = "Secret \"" + std::string(name) + "\" has the type " + std::string(type);
  if (is_token_type(type)) {
    return which + ": tokens of this cluster are never copied to a provider";
  }
  if (policy.secret_types.contains(std::string(type))) return {};
  return which + ", which the provider's spec.policy.secretTypes does not list";
}

}  // namespace burst
