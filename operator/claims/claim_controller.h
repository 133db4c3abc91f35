#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "kube/runtime/controller.h"
#include "kube/runtime/write_pacer.h"
#include "market/match_table.h"
#include "operator/claims/claim_status.h"
#include "operator/home/home.h"
#include "operator/offers/offer_table.h"

namespace op {

/// Writes the status of claims. Every write is a compare-and-set on the claim as it was read. At most one
/// write a second per claim, none when nothing changed; the cost of running pods alone is refreshed twice a
/// minute.
class ClaimController {
 public:
  ClaimController(Home& home, OfferTable& offers);
  ~ClaimController();
  void start();
  void stop();

 private:
  base::Result<kube::Next> reconcile(const std::string& claim_key);
  base::Result<kube::Next> write(const api::ClaimRecord& claim, const nlohmann::json& status, bool urgent,
                                 bool anything_runs);
  Bursts bursts_of(const kube::ObjectKey& claim) const;
  void tell_problem(const api::ClaimRecord& claim);
  void enqueue_all();
  /// Keep the table of matches in step with the claims and offers.
  void follow_claim(const std::string& key);
  /// Returns the claims that took the offer or take it now.
  std::vector<std::string> follow_offer(const std::string& name);

  struct Memory {
    kube::WritePacer pacer;
    std::optional<base::SteadyTime> written;
  };

  Home& home_;
  OfferTable& offers_;
  std::mutex mutex_;
  std::map<std::string, Memory> memory_;
  market::MatchTable matches_;
  kube::Controller controller_;  // last: its workers use the members above
};

}  // namespace op
