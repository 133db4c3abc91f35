#pragma once

#include <deque>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/metrics.h"
#include "kube/client/client.h"
#include "kube/runtime/elector.h"
#include "kube/runtime/lease_record.h"

namespace kube {

/// The rounds of an election on a Lease: client-go's tryAcquireOrRenew. Knows neither threads nor callbacks;
/// used on the elector's thread only. `options` must outlive it.
class LeaseHolder {
 public:
  enum class Round {
    kHeld,    ///< written as ours just now
    kNotYet,  ///< somebody else holds it, or the request failed
    kTaken    ///< was ours; somebody else holds it now
  };

  LeaseHolder(Client& client, const base::Clock& clock, const ElectionOptions& options);
  /// One round; its requests end by `deadline`.
  Round try_hold(base::SteadyTime deadline, const std::stop_token& stop);
  /// When the last kHeld round sent its request: no other candidate may count from an earlier moment.
  base::SteadyTime held_since() const { return held_at_; }
  /// Gives the lease back if it is known to be ours; takes two seconds at most.
  void release();

 private:
  /// Writes the lease as ours; `was` is what it replaces.
  Round write(const LeaseRecord& was, base::SteadyTime deadline, const std::stop_token& stop);
  Round create(base::SteadyTime deadline, const std::stop_token& stop);
  Round settle_write(base::SteadyTime asked_at, const base::Result<net::HttpResponse>& reply);
  Round judge(base::SteadyTime deadline, const std::stop_token& stop);
  base::Result<net::HttpResponse> send(net::HttpRequest request, base::SteadyTime deadline,
                                       const std::stop_token& stop);
  LeaseRecord next_record(const LeaseRecord& was);
  bool is_ours(const LeaseRecord& record) const;

  Client& client_;
  const base::Clock& clock_;
  const ElectionOptions& options_;
  prometheus::Counter& failures_;
  prometheus::Counter& conflicts_;
  nlohmann::json lease_;  ///< as last read or written, with its resourceVersion; null when unknown
  LeaseRecord observed_;  ///< what lease_ said when it last changed
  base::SteadyTime observed_at_{};
  bool seen_ = false;
  bool holding_ = false;
  base::SteadyTime held_at_{};
  /// renewTime of our latest writes, carried out or not: they distinguish our writes from those of another
  /// process with our identity.
  std::deque<std::string> own_renewals_;
};

}  // namespace kube
