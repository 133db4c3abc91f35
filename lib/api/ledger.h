#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "api/records.h"
#include "burst/spend_book.h"

/// BurstLedger: pages with the cost of every attempt, where it ran and under whose law. Cluster-scoped, so
/// that they outlive the namespaces.
namespace api {

inline constexpr kube::Resource kLedgers{kGroup, kVersion, "burstledgers", "BurstLedger", false};

struct LedgerPageRecord {
  kube::ObjectMeta meta;
  std::vector<burst::BookEntry> entries;
  /// When the newest attempt of the page ended.
  base::Time newest;
  std::string problem;
};
base::Result<LedgerPageRecord> decode_ledger_page(kube::JsonObject& object);

/// One entry per charge of the burst, as spec.entries of a page has them.
std::vector<nlohmann::json> ledger_entries(const burst::Burst& burst);

}  // namespace api
