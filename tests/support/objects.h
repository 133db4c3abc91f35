#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

/// The objects that tests create, as documents. Each test changes the fields it is about.
namespace testing_support {

/// The label of objects that tests create outside of a namespace of their own, and of these namespaces.
inline constexpr const char* kTestLabel = "neoburst-test";

/// A pod of `gpus` GPUs that runs for `sleep` ("2", "0.5", "infinity") and is never restarted.
nlohmann::json gpu_pod(const std::string& ns, const std::string& name, const std::string& sleep,
                       int gpus = 1);
/// A Job of `completions` such pods of one GPU, `parallelism` at a time; not one may fail.
nlohmann::json gpu_job(const std::string& ns, const std::string& name, int completions, int parallelism,
                       const std::string& sleep);

/// A claim that selects every pod of its namespace, allows everything and bursts at once.
nlohmann::json open_claim(const std::string& ns, const std::string& name);
/// The same, for data centres in the EU run from the EU.
nlohmann::json eu_claim(const std::string& ns, const std::string& name);

/// The sandbox's provider `name` ("neocloud-eu": H100 in FI under the law of NL at 2.95 USD; "neocloud-us":
/// H100 in US under the law of US at 2.46 USD), reached by the Secret of the same name.
nlohmann::json standard_provider(const std::string& name);
/// Another provider object for the same cluster and Secret `secret`, declared: `gpus` H100 in each of
/// `regions`.
nlohmann::json declared_provider(const std::string& name, const std::string& secret,
                                 const std::vector<std::string>& regions, int gpus);
/// A node of `gpus` GPUs that kwok plays, described by `labels` alone: no GPU Feature Discovery unless they
/// say so. Removed with everything else that tests leave at providers.
nlohmann::json gpu_node(const std::string& name, const std::string& region, nlohmann::json labels,
                        int gpus = 8);
/// The NeoburstConfig with this spec.
nlohmann::json cluster_config(nlohmann::json spec);
nlohmann::json kubeconfig_secret(const std::string& name, const std::string& kubeconfig);

/// `metadata.name` and the like.
std::string name_of(const nlohmann::json& object);
std::string uid_of(const nlohmann::json& object);
std::string phase_of(const nlohmann::json& pod);
/// spec.nodeName, "" while unbound.
std::string node_of(const nlohmann::json& pod);
/// The condition `type` of `status.conditions`, an empty object when there is none.
nlohmann::json condition_of(const nlohmann::json& object, const std::string& type);

}  // namespace testing_support
