#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/ledger.h"

/// The cost of bursting, attempt by attempt: in the pages of the cluster-wide ledger (BurstLedger), which
/// outlive namespaces, and, until it is entered there, in the PodBurst itself.
namespace api {

/// One attempt that held GPUs: where, under whose law, at what price, for how long. Unknown texts are "".
struct LedgerEntry {
  std::string burst_uid;
  int attempt = 0;  ///< 0: what earlier attempts cost together, where they were not recorded one by one
  std::string ns;
  std::string burst;  ///< name of the PodBurst
  std::string pod;
  std::string pod_uid;
  std::string claim;
  std::string provider;
  std::string region;
  std::string country;
  std::string jurisdiction;
  std::string offer;
  std::string gpu_model;
  std::int64_t gpus = 0;
  std::string capacity_type;  ///< as in the API: "OnDemand", "Spot", "Reserved"
  market::Money price_per_gpu_hour;
  std::string currency = "USD";
  std::string price_kind;                   ///< as in the API: "Contract", "Published", "Feed", "List"
  std::optional<market::Money> claim_cost;  ///< `cost` in the claim's currency, at the rate of that time
  std::string claim_currency;
  std::optional<base::Time> placed;
  std::optional<base::Time> started;
  std::optional<base::Time> ended;  ///< nullopt while it still holds GPUs
  std::string end_reason;
  std::int64_t gpu_seconds = 0;
  market::Money cost;  ///< in `currency`

  /// "<burst UID>/<attempt>": the same attempt is never counted twice.
  std::string key() const { return burst_uid + "/" + std::to_string(attempt); }
};

/// A page of the ledger.
struct LedgerRecord {
  kube::ObjectMeta meta;
  std::vector<LedgerEntry> entries;
  /// The part that could not be read; such fields are empty or zero in `entries`.
  std::string problem;
};
base::Result<LedgerRecord> decode_ledger(kube::JsonObject& object);

/// The `entries` of a BurstLedger's `spec`. `problem` gets the first thing that cannot be read, if it is
/// still empty.
std::vector<LedgerEntry> read_ledger_entries(const nlohmann::json& spec, std::string& problem);
/// The attempts of a PodBurst, a whole object, that are charged already: `status.charges`. Identity, claim
/// and GPUs are the PodBurst's.
std::vector<LedgerEntry> read_charges(const nlohmann::json& burst, std::string& problem);

/// An element of `spec.entries`.
nlohmann::json ledger_entry_json(const LedgerEntry& entry);

}  // namespace api
