#pragma once

#include <memory>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "burst/spend_book.h"
#include "operator/ledger/ledger_plan.h"

namespace op {

struct Home;

/// What the cost metrics are made from: values of one moment.
struct CostView {
  std::vector<std::shared_ptr<const api::OfferRecord>> offers;
  Bursts bursts;
  std::vector<std::shared_ptr<const api::ClaimRecord>> claims;  ///< under the configuration, for its rates
  const burst::SpendBook& book;
  base::Time now;
};

/// What is paid now and what may be, in the Prometheus text exposition format 0.0.4. Names and labels are
/// OpenCost's (its pkg/costmodel/metrics.go) where it has them, with `provider` and `currency` beside them,
/// since an installation may pay in several. Money is decimal text made from micro-units. Pure.
///
/// | series                      | one for each                           | value                           |
/// |-----------------------------|----------------------------------------|---------------------------------|
/// | node_gpu_hourly_cost        | offer with a known price               | its present price of a GPU-hour |
/// | node_gpu_count              | offer, and burst node that is paid for | GPUs that twins hold            |
/// | node_total_hourly_cost      | the same, in each currency paid        | what those cost an hour         |
/// | kubecost_node_is_spot       | as node_gpu_count                      | 1 for spot, else 0              |
/// | container_gpu_allocation    | pod whose twin holds GPUs              | its GPUs                        |
/// | neoburst_claim_spend        | claim                                  | all it has cost                 |
/// | neoburst_claim_budget       | claim with a budget                    | the budget                      |
/// | neoburst_claim_budget_spent | the same                               | spent in its present period     |
///
/// A burst node stands for what a provider could give; only what twins hold is paid for. So node_gpu_count is
/// what twins hold, not the node's capacity: OpenCost's sum over node_total_hourly_cost is then the money
/// that flows. GPUs that are held cost their own reserved price, which may differ from the offer's present
/// one. A claim whose spend cannot be put in one currency has no spend series: a part of it would look like
/// the whole.
std::string cost_metrics(const CostView& view);

/// The same for this moment. Any thread; only once `home` is synced, or spend would be reported as zero.
std::string cost_metrics(const Home& home);

}  // namespace op
