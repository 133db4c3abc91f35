#pragma once

#include <nlohmann/json.hpp>

#include "api/records.h"

/// Records to JSON, the other half of the codec of records.h.
namespace api {

/// A PodBurst to create: spec and metadata only. Used by the extender (requests) and the operator (bound by
/// hand).
nlohmann::json burst_object(const burst::Burst& burst);
/// Keeps a record until its cost is in the ledger, also when its namespace is deleted.
inline constexpr std::string_view kLedgerFinalizer = "neoburst.io/ledger";
/// A charge as PodBurst.status.charges and, with more, the ledger have it.
nlohmann::json charge_json(const burst::Charge& charge);
/// The `status` of a PodBurst, conditions (Requested, Obtaining, Reserved, Running, Ended) derived from the
/// fields.
nlohmann::json burst_status(const burst::Burst& burst, const std::vector<Condition>& before);
/// A GPUOffer's spec and status.
nlohmann::json offer_spec(const market::Offer& offer);
nlohmann::json offer_status(const market::Offer& offer);
nlohmann::json condition_json(const Condition& condition);
/// Sets or adds `condition` in `conditions`; `changed` moves only when the status does. Returns whether
/// anything changed.
bool set_condition(std::vector<Condition>& conditions, Condition condition, base::Time now);

}  // namespace api
