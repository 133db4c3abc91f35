#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "kube/core/meta.h"

namespace api {

enum class FeedType { kLambda, kAzureRetail };

/// spec.feed of a NeocloudProvider: the public API its prices are read from.
struct FeedSpec {
  FeedType type = FeedType::kLambda;
  std::string url;         ///< of the API itself, https
  kube::ObjectKey secret;  ///< holds the API key; no name: the API needs none
  std::string secret_key;
  std::string ca_bundle;  ///< PEM; "" = the machine's trust store
  std::chrono::milliseconds interval = std::chrono::minutes(15);
  /// A price fetched longer ago is shown as stale.
  std::chrono::milliseconds max_age = std::chrono::hours(24);
  std::string currency = "USD";

  bool operator==(const FeedSpec&) const = default;
};

class Fields;
/// `feed` of a provider's `spec`; nullopt where there is none.
std::optional<FeedSpec> read_feed(const Fields& spec);

}  // namespace api
