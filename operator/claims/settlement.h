#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"

/// How the cost of an ended burst moves from its record into its claim, exactly once, whatever crashes in
/// between:
///
///   1. claim.settled += cost and claim.settledBursts += uid   one write, by compare-and-set on the claim
///   2. delete the PodBurst (precondition: its UID)            only when the claim, as read, lists the UID
///   3. claim.settledBursts -= uid                             only when the record is gone for certain
///
/// A crash after 1 leaves a record that is listed, hence not counted a second time; after 2 a listed UID
/// without record, hence nothing to count. Who computes the spend counts the records that are not listed,
/// plus `settled`. All pure; the claim controller acts on it.
namespace op {

using Bursts = std::vector<std::shared_ptr<const api::BurstRecord>>;

/// Ended long enough ago, its pod gone, before the present period of the claim's budget, and not yet listed.
Bursts settle_candidates(const api::ClaimRecord& claim, const Bursts& bursts, base::Time now,
                         std::chrono::milliseconds retention,
                         const std::function<bool(const burst::Burst&)>& pod_exists);

/// Listed in the claim and still there: to be deleted.
Bursts settled_records(const api::ClaimRecord& claim, const Bursts& bursts);

struct Settled {
  market::Money amount;
  std::vector<std::string> bursts;  ///< UIDs
};
/// Steps 1 and 3 in one value: adds the cost of `confirmed` (each just read from the API server, ended) and
/// drops the UIDs that are not among `existing` (all records of the namespace as just listed; null: drop
/// none).
Settled settle(const api::ClaimRecord& claim, const Bursts& confirmed, const std::set<std::string>* existing);

/// When the present period of a budget began; the epoch for Total.
base::Time period_start(market::BudgetPeriod period, base::Time now);

}  // namespace op
