#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/claims/settlement.h"
#include "operator/home.h"
#include "operator/providers/offer_table.h"
#include "operator/providers/write_pacer.h"

namespace op {

struct ClaimOptions {
  /// How long the record of an ended burst is kept before its cost is settled into the claim and it is
  /// deleted.
  std::chrono::milliseconds retention = std::chrono::hours(24);
};

/// Writes the status of claims and settles ended bursts (see settlement.h). Every write is a compare-and-set
/// on the claim as it was read. At most one write a second per claim, none when nothing changed; the cost of
/// running pods alone is refreshed twice a minute.
class ClaimController {
 public:
  ClaimController(Home& home, OfferTable& offers, ClaimOptions options);
  ~ClaimController();
  void start();
  void stop();

 private:
  base::Result<kube::Next> reconcile(const std::string& claim_key);
  base::Result<kube::Next> write(const api::ClaimRecord& claim, const nlohmann::json& status, bool urgent,
                                 bool anything_runs);
  base::Result<kube::Next> reconcile_orphans(const kube::ObjectKey& claim);
  /// Step 2 of a settlement and what steps 1 and 3 are to write.
  base::Result<Settled> advance_settlement(const api::ClaimRecord& claim, const Bursts& bursts);
  base::Result<Bursts> confirm_ended(const Bursts& candidates);
  base::Result<std::set<std::string>> existing_uids(const std::string& ns);
  base::Outcome remove(const api::BurstRecord& record);
  Bursts bursts_of(const kube::ObjectKey& claim) const;
  bool pod_exists(const burst::Burst& burst) const;
  void tell_problem(const api::ClaimRecord& claim);
  void enqueue_all();

  struct Memory {
    WritePacer pacer;
    std::optional<base::SteadyTime> written;
  };

  Home& home_;
  OfferTable& offers_;
  ClaimOptions options_;
  std::mutex mutex_;
  std::map<std::string, Memory> memory_;
  kube::Controller controller_;  // last: its workers use the members above
};

}  // namespace op
