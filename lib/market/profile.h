#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "market/money.h"
#include "market/offer.h"
#include "market/place.h"

namespace market {

/// One toleration, as a pod has it; also names the taints that are never tolerated.
struct Toleration {
  std::string key;
  bool any_value = false;  ///< operator Exists
  std::string value;
  std::string effect;  ///< "NoSchedule", "PreferNoSchedule", "NoExecute"; "" every effect
  bool operator==(const Toleration&) const = default;
};
/// True if some taint is covered by both.
bool overlap(const Toleration& a, const Toleration& b);

/// A node's label or taint that shows the capacity type of its GPUs. A node without one is on demand.
struct CapacityMark {
  enum class Kind { kLabel, kTaint };
  Kind kind = Kind::kLabel;
  std::string key;
  std::string value;  ///< "" every value
  CapacityType type = CapacityType::kSpot;
  bool operator==(const CapacityMark&) const = default;
};

/// Whether nodes appear for pods that wait for one.
enum class AutoscalingMode {
  kUnknown,   ///< not publicly known
  kNone,      ///< capacity is fixed by contract
  kOptIn,     ///< the customer must have switched an autoscaler on
  kOnDemand,  ///< on unless the customer switched it off
};
std::string_view to_string(AutoscalingMode mode);  // "Unknown", "None", "OptIn", "OnDemand"

struct Autoscaling {
  AutoscalingMode mode = AutoscalingMode::kUnknown;
  std::chrono::milliseconds provisioning_deadline{0};  ///< 0 unknown: the capacity mode's default
  std::vector<std::string> never_models;               ///< canonical names whose nodes are never added
  bool operator==(const Autoscaling&) const = default;
};

/// The smallest quantity that is sold; zeros where there is no such bound or it is unknown.
struct Commitment {
  std::int64_t gpus = 0;
  std::chrono::milliseconds duration{0};
  bool operator==(const Commitment&) const = default;
};

/// How exactly the coordinates of a region are known: those of the city, or the middle of a state or country.
enum class Precision { kUnknown, kCountry, kState, kCity };

struct ProfileRegion {
  std::string name;     ///< as the nodes' region label has it
  std::string country;  ///< of the data centre, "" unknown
  std::optional<Coordinates> coordinates;
  Precision precision = Precision::kUnknown;
  std::string place;  ///< for people
};

/// How the kubeconfig that the provider hands out authenticates.
enum class AuthMethod { kUnknown, kToken, kClientCertificate, kExec };

struct Access {
  AuthMethod method = AuthMethod::kUnknown;
  std::string command;  ///< of an exec plugin, for people: the operator does not have it
  std::string notes;
  bool operator==(const Access&) const = default;
};

/// One line of a public price list.
struct ListPrice {
  std::string model;            ///< canonical
  std::string form;             ///< "" every form
  std::int64_t memory_gib = 0;  ///< 0 every size
  std::string region;           ///< "" every region
  CapacityType capacity_type = CapacityType::kOnDemand;
  Money per_hour;         ///< of `gpus` GPUs together
  std::int64_t gpus = 0;  ///< GPUs of the instance that it is the price of; 0: of one GPU in any instance
  std::string currency = "USD";
  std::string as_of;  ///< "2026-09-20"
  std::string source;
  bool operator==(const ListPrice&) const = default;
};
/// What one GPU costs for an hour, rounded up to the micro-unit.
Money per_gpu_hour(const ListPrice& price);

/// What is known about a provider before its cluster is asked: its dialect, its place and law, its list
/// prices. A value; unknown facts are empty. The defaults are those of any cluster with GPU Feature
/// Discovery.
struct Profile {
  std::string name;  ///< as NeocloudProvider spec.profile names it
  std::string display_name;
  std::string documentation;  ///< path in the repository

  std::vector<std::string> gpu_labels{"nvidia.com/gpu.product"};  ///< most trusted first
  std::vector<std::string> gpu_resources{"nvidia.com/gpu"};
  std::vector<Toleration> tolerations{{"nvidia.com/gpu", true, "", "NoSchedule"}};
  std::vector<Toleration> spot_tolerations;  ///< only for claims that allow Spot
  std::vector<Toleration> never_tolerate;
  std::vector<CapacityMark> capacity_marks;  ///< the first that a node has decides
  std::vector<std::string> fabric_labels;    ///< the first that a node has names its fabric
  std::vector<std::string> region_labels{"topology.kubernetes.io/region"};

  Autoscaling autoscaling;
  Commitment minimum_commitment;
  std::string jurisdiction;  ///< ISO code of the operating company's home, "" unknown
  std::vector<ProfileRegion> regions;
  Access access;
  std::vector<ListPrice> prices;
};

}  // namespace market
