#pragma once

#include <chrono>
#include <string>

#include "kube/runtime/controller.h"
#include "kube/runtime/write_memory.h"
#include "operator/home/home.h"
#include "operator/ledger/ledger_plan.h"

namespace op {

struct LedgerOptions {
  /// How long the record of an ended burst is kept once the ledger has it.
  std::chrono::milliseconds retention = std::chrono::hours(24);
};

/// Writes the ledger and removes the records that it has taken over (see ledger_plan.h). One worker. It
/// writes one second after the first burst has ended, all that have ended by then at once, so that a swarm
/// costs a few writes.
class LedgerController {
 public:
  LedgerController(Home& home, LedgerOptions options);
  ~LedgerController();
  void start();
  void stop();

 private:
  base::Result<kube::Next> reconcile();
  /// Writes some of the entries to book; true when there are more.
  base::Result<bool> book(const Bursts& bursts);
  base::Outcome append(const api::LedgerPageRecord& page, const std::vector<nlohmann::json>& entries);
  base::Outcome create(const std::string& name, const std::vector<nlohmann::json>& entries);
  /// False when the record, read past the cache, must stay for now.
  base::Result<bool> take_finalizer(const api::BurstRecord& record);
  base::Outcome remove(const api::BurstRecord& record);
  base::Outcome remove_outdated_pages(const Pages& pages);
  void remember(const std::string& replaced, const std::string& reply);
  Pages pages();
  bool pod_exists(const burst::Burst& burst) const;

  Home& home_;
  LedgerOptions options_;
  kube::WriteMemory<api::LedgerPageRecord> written_;
  kube::Controller controller_;  // last: its worker uses the members above
};

}  // namespace op
