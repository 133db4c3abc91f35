#include "api/policy_codec.h"

#include <algorithm>
#include <set>

namespace api {
namespace {

std::string element(std::string_view list, std::size_t index) {
  return std::string(list) + "[" + std::to_string(index) + "]";
}

std::set<std::string> read_secret_types(const Fields& policy) {
  if (!policy.has("secretTypes")) return burst::kDefaultSecretTypes;
  std::set<std::string> types;
  const auto listed = policy.texts("secretTypes");
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (burst::is_token_type(listed[i])) {
      policy.complain(element("secretTypes", i), "tokens of this cluster are never copied to a provider");
    } else {
      types.insert(listed[i]);
    }
  }
  return types;
}

std::set<burst::HostAccess> read_allow(const Fields& policy) {
  std::set<burst::HostAccess> allow;
  const auto listed = policy.texts("allow");
  for (std::size_t i = 0; i < listed.size(); ++i) {
    if (const auto access = burst::parse_host_access(listed[i])) {
      allow.insert(*access);
    } else {
      policy.complain(element("allow", i),
                      "\"" + listed[i].substr(0, 40) +
                          "\" is not one of HostNetwork, HostPath, HostPID, HostIPC, Privileged");
    }
  }
  return allow;
}

/// Ours -> the provider's. "" has a meaning there, so a value that is not text must not become "".
std::map<std::string, std::string> read_name_map(const Fields& names) {
  std::map<std::string, std::string> out;
  for (const auto& [ours, theirs] : names.text_map()) {
    if (names.json().at(ours).is_string()) out.emplace(ours, theirs);
  }
  return out;
}

std::map<std::string, std::string> read_volume_claims(const Fields& policy) {
  const Fields fields = policy.object("volumeClaims");
  std::map<std::string, std::string> claims;
  for (const auto& [home, remote] : read_name_map(fields)) {
    const auto slash = home.find('/');
    const bool named = slash != std::string::npos && slash > 0 && slash + 1 < home.size() &&
                       home.find('/', slash + 1) == std::string::npos;
    if (named) {
      claims.emplace(home, remote);
    } else {
      fields.complain(home.substr(0, 60), "write the claim at home as \"namespace/name\"");
    }
  }
  return claims;
}

}  // namespace

burst::PodPolicy read_policy(const Fields& policy) {
  burst::PodPolicy out;
  // A wrong type must not allow what somebody meant to forbid.
  const bool readable = !policy.has("allowSecrets") || policy.json().at("allowSecrets").is_boolean();
  out.allow_secrets = policy.boolean("allowSecrets", true) && readable;
  out.secret_types = read_secret_types(policy);
  out.allow = read_allow(policy);
  out.runtime_classes = read_name_map(policy.object("runtimeClasses"));
  out.priority_class = policy.text("priorityClass");
  out.storage_classes = read_name_map(policy.object("storageClasses"));
  out.volume_claims = read_volume_claims(policy);
  const auto drivers = policy.texts("csiDrivers");
  out.csi_drivers = {drivers.begin(), drivers.end()};
  return out;
}

}  // namespace api
