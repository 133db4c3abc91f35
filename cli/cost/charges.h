#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "api/ledger_codec.h"
#include "base/clock.h"
#include "cli/cost/flags.h"

namespace cli {

/// What a PodBurst, a whole object, says about its costs: the attempts that it has been charged for, what it
/// cost beyond them, and what its present attempt costs up to `now`. `problem` gets what cannot be read.
std::vector<api::LedgerEntry> charges_of_burst(const nlohmann::json& burst, base::Time now,
                                               std::string& problem);

/// The entries of the ledger, and those of the bursts that are not in it yet: every attempt once, the
/// ledger's entry before the burst's; sorted by when they began, then by key.
std::vector<api::LedgerEntry> merge_charges(std::vector<api::LedgerEntry> ledger,
                                            std::vector<api::LedgerEntry> bursts);

/// Only those of namespace `ns` ("" = all) that ended in `period`; one that has not ended counts as ending
/// `now`.
std::vector<api::LedgerEntry> select_charges(std::vector<api::LedgerEntry> entries, const std::string& ns,
                                             const CostPeriod& period, base::Time now);

}  // namespace cli
