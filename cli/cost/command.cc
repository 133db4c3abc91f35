#include "api/ledger_codec.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/cost/charges.h"
#include "cli/cost/print.h"
#include "cli/home_cluster.h"

namespace cli {
namespace {

using api::LedgerEntry;

/// An older Neoburst has no ledger; then only the records of bursts that still exist remain.
base::Result<std::vector<LedgerEntry>> read_ledger(HomeCluster& home) {
  auto pages = home.list<api::LedgerRecord>(api::kLedgers, {}, api::decode_ledger);
  std::vector<LedgerEntry> out;
  if (!pages) {
    if (!pages.error().is(base::Code::kNotFound)) return base::fail(std::move(pages.error()));
    write_note(
        "there is no ledger in this cluster (BurstLedger): only bursts whose records still exist are "
        "counted");
    return out;
  }
  for (api::LedgerRecord& page : *pages) {
    if (!page.problem.empty()) write_note("ledger page " + page.meta.name + ", unreadable: " + page.problem);
    std::ranges::move(page.entries, std::back_inserter(out));
  }
  return out;
}

base::Result<std::vector<LedgerEntry>> read_bursts(HomeCluster& home, const std::string& ns, base::Time now) {
  const auto bursts = home.list_documents(api::kBursts, ns);
  if (!bursts) return base::fail(bursts.error());
  std::vector<LedgerEntry> out;
  for (const nlohmann::json& burst : *bursts) {
    std::string problem;
    std::ranges::move(charges_of_burst(burst, now, problem), std::back_inserter(out));
    if (!problem.empty()) write_note("a burst is unreadable: " + problem);
  }
  return out;
}

}  // namespace

int run_cost(const GlobalFlags& global, const CostFlags& flags) {
  const base::Time now = base::system_clock().now();
  const auto period = check_cost_flags(flags, now);
  if (!period) return write_error(period.error(), kExitUsage);

  auto home = HomeCluster::connect(global, write_note);
  if (!home) return write_error(home.error(), kExitError);
  const std::string ns = flags.all_namespaces ? "" : home->ns();
  // The bursts first: one that is entered into the ledger in between is then seen twice, which is noticed,
  // and not missed.
  auto bursts = read_bursts(*home, ns, now);
  if (!bursts) return write_error(bursts.error(), kExitError);
  auto ledger = read_ledger(*home);
  if (!ledger) return write_error(ledger.error(), kExitError);

  const auto entries =
      select_charges(merge_charges(std::move(*ledger), std::move(*bursts)), ns, *period, now);
  if (entries.empty()) {
    write_note("nothing was spent" + (ns.empty() ? std::string(" in any namespace") : " in namespace " + ns) +
               " in that time" + (ns.empty() ? "" : "; -A looks at all namespaces"));
  }
  return write_output(print_costs(entries, flags, now));
}

}  // namespace cli
