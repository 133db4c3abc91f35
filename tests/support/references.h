#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/invariants.h"
#include "support/sandbox.h"

/// Objects that pods refer to, and their copies at the providers.
namespace testing_support {

using Texts = std::map<std::string, std::string>;

nlohmann::json config_map(const std::string& ns, const std::string& name, const Texts& data);
nlohmann::json opaque_secret(const std::string& ns, const std::string& name, const Texts& values);
/// A Secret of the type kubernetes.io/dockerconfigjson.
nlohmann::json pull_secret(const std::string& ns, const std::string& name);
/// A Service with one port; selects the label app=`name`.
nlohmann::json headless_service(const std::string& ns, const std::string& name);

/// An environment variable `name` from `key` of a Secret.
nlohmann::json secret_variable(const std::string& name, const std::string& secret, const std::string& key);
/// The pod with all of a ConfigMap in its first container's environment.
nlohmann::json with_environment(nlohmann::json pod, const std::string& config_map);

/// `text` as a Secret stores it.
std::string base64(const std::string& text);

/// The copies of one kind that were made for `home_namespace`, in any namespace of that provider.
std::vector<nlohmann::json> copies_at(Sandbox& sandbox, const std::string& provider,
                                      const std::string& home_namespace, const kube::Resource& kind);
/// Every object at a provider that contains one of `texts`, one "Kind namespace/name" each; of the kinds that
/// pods, people and we create there.
Breaches places_of(Sandbox& sandbox, const std::string& provider, const std::vector<std::string>& texts);

/// Events of the pod `name` as "reason: note".
std::vector<std::string> events_of(Sandbox& sandbox, const std::string& ns, const std::string& name);

}  // namespace testing_support
