#pragma once

#include "cli/options.h"

/// The commands: each checks its flags, reads what it needs from the home cluster, and prints. They return
/// the exit code; everything else has been printed.
namespace cli {

int run_offers(const GlobalFlags& global, const OfferFlags& flags);
int run_explain(const GlobalFlags& global, const ExplainFlags& flags);
int run_cost(const GlobalFlags& global, const CostFlags& flags);

}  // namespace cli
