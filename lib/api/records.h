#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/feed_spec.h"
#include "burst/burst.h"
#include "burst/namespaces.h"
#include "burst/pod_policy.h"
#include "kube/core/json_read.h"
#include "kube/core/label_selector.h"
#include "kube/core/meta.h"
#include "kube/core/resource.h"
#include "market/claim.h"
#include "market/offer.h"
#include "market/price_list.h"
#include "market/profile.h"

/// The objects of neoburst.io/v1alpha1 as slim records for informers. Specs that break a rule the schema
/// cannot check decode all the same, with `problem` set: a bad object is shown as such and never stops
/// others.
namespace api {

inline constexpr std::string_view kGroup = "neoburst.io";
inline constexpr std::string_view kVersion = "v1alpha1";
inline constexpr kube::Resource kClaims{kGroup, kVersion, "gpucapacityclaims", "GPUCapacityClaim", true};
inline constexpr kube::Resource kProviders{kGroup, kVersion, "neocloudproviders", "NeocloudProvider", false};
inline constexpr kube::Resource kOffers{kGroup, kVersion, "gpuoffers", "GPUOffer", false};
inline constexpr kube::Resource kBursts{kGroup, kVersion, "podbursts", "PodBurst", true};

struct Condition {
  std::string type;
  std::string status;  ///< "True", "False", "Unknown"
  std::string reason;
  std::string message;
  std::int64_t observed_generation = 0;
  std::optional<base::Time> changed;
};

/// Names of the operator's groups of countries ("group:NAME") in the lists of a claim's location. The claim
/// must not be used until they are resolved (config.h).
struct CountryGroups {
  std::vector<std::string> countries;
  std::vector<std::string> operator_jurisdictions;
  std::vector<std::string> exclude_jurisdictions;
};

/// GPUCapacityClaim.
struct ClaimRecord {
  kube::ObjectMeta meta;
  kube::LabelSelector selector;
  market::ClaimRules rules;
  CountryGroups groups;
  /// Why the spec cannot be used ("spec.location.countries[1]: ..."), "" when it can.
  std::string problem;
  /// Why nothing new may be spent under any claim now, "" when it may; from the configuration.
  std::string stopped;

  // status
  std::vector<Condition> conditions;
  /// The whole status as last written, canonical JSON text, to skip writes that change nothing.
  std::string status_text;
};
base::Result<ClaimRecord> decode_claim(kube::JsonObject& object);

struct Region {
  std::string name;
  std::string country;
  std::optional<market::Coordinates> coordinates;
};
struct DeclaredCapacity {
  std::string region;
  std::string model;
  std::int64_t gpus = 0;
  std::int64_t memory_gib = 0;
  market::CapacityType capacity_type = market::CapacityType::kOnDemand;
};
enum class CapacityMode { kObserved, kDeclared, kAutoscaling };
/// Whether offers that the provider publishes itself are read, and as whom.
struct PublishedSpec {
  bool ignore = false;
  std::string tenant;  ///< "": only offers that are for everybody
};

/// NeocloudProvider.
struct ProviderRecord {
  kube::ObjectMeta meta;
  std::string profile;
  /// The profile with the overrides over it. Null after decoding; the operator, which knows the profiles,
  /// fills it in.
  std::shared_ptr<const market::Profile> facts;
  std::string overrides_text;  ///< spec.overrides as JSON, for overlay_profile(); "" when there are none
  kube::ObjectKey secret;
  std::string secret_key;
  std::string context;
  burst::NamespaceRule namespaces;  ///< spec.remoteNamespace and spec.remoteNamespacePrefix
  burst::PodPolicy policy;
  std::vector<Region> regions;
  std::string jurisdiction;
  std::vector<std::string> certifications;
  /// The lines of spec.prices, in its currency.
  std::vector<market::PriceLine> prices;
  std::chrono::milliseconds price_max_age = std::chrono::hours(24 * 90);
  CapacityMode capacity_mode = CapacityMode::kObserved;
  std::vector<DeclaredCapacity> declared;
  std::optional<std::int64_t> max_gpus;
  std::chrono::milliseconds provisioning_deadline{0};  ///< 0: default of the capacity mode
  bool paused = false;
  std::optional<FeedSpec> feed;
  PublishedSpec published;
  std::string problem;

  // status
  std::vector<Condition> conditions;
  std::string status_text;
};
base::Result<ProviderRecord> decode_provider(kube::JsonObject& object);

/// Labels of GPUOffers that a provider publishes in its own cluster: "true", and the one tenant that it is
/// for (absent: for everybody).
inline constexpr std::string_view kPublishedLabel = "neoburst.io/published";
inline constexpr std::string_view kTenantLabel = "neoburst.io/tenant";

/// What the schema of GPUOffer allows: characters of a name in it (a region, a product, a certification), and
/// certifications.
inline constexpr std::size_t kLongestOfferName = 63;
inline constexpr std::size_t kMostCertifications = 32;

/// GPUOffer.
struct OfferRecord {
  kube::ObjectMeta meta;
  market::Offer offer;
  std::string node;  ///< its burst node
  /// When its publisher last looked; only on offers that a provider publishes.
  std::optional<base::Time> observed;
  /// What could not be read. Such fields are unknown in `offer`, so that they fail every rule that needs
  /// them.
  std::string problem;
  std::string status_text;
};
base::Result<OfferRecord> decode_offer(kube::JsonObject& object);

/// PodBurst.
struct BurstRecord {
  kube::ObjectMeta meta;
  burst::Burst burst;
  std::vector<Condition> conditions;
  /// Why the record cannot be trusted, "" when it can. No decision uses a record with a problem: a
  /// misread attempt could be obtained twice.
  std::string problem;
};
base::Result<BurstRecord> decode_burst(kube::JsonObject& object);

}  // namespace api
