#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "api/records.h"
#include "market/budget.h"

/// NeoburstConfig: the cluster owner's settings for all claims, in one object that can be changed at any
/// time.
namespace api {

inline constexpr kube::Resource kConfigs{kGroup, kVersion, "neoburstconfigs", "NeoburstConfig", false};
/// The name of the only one that counts.
inline constexpr std::string_view kConfigName = "cluster";

struct ConfigRecord {
  kube::ObjectMeta meta;
  /// The kill switch: nothing new is obtained, and GPUs not committed to a pod yet are given back.
  bool stop_spending = false;
  std::string stop_reason;  ///< for people
  std::optional<market::Ceiling> ceiling;
  market::ExchangeRates rates;
  /// Groups of countries that claims may name as "group:NAME".
  std::map<std::string, market::Countries, std::less<>> groups;
  /// How long the pages of the ledger are kept after their last entry.
  std::chrono::milliseconds ledger_retention = std::chrono::hours(24 * 400);
  std::string problem;
};
base::Result<ConfigRecord> decode_config(kube::JsonObject& object);

/// The claim under this configuration: groups of countries resolved, exchange rates and the ceiling filled
/// in, stopped where spending is. Null stands for no configuration. Returns the claim itself when that
/// changes nothing. A configuration that cannot be read stops spending: its ceiling may be the part that
/// cannot be read.
std::shared_ptr<const ClaimRecord> configured(std::shared_ptr<const ClaimRecord> claim,
                                              const ConfigRecord* config);

}  // namespace api
