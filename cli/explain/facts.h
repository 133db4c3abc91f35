#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/records.h"
#include "base/clock.h"
#include "kube/core/pod_record.h"
#include "kube/core/service_record.h"

namespace cli {

/// The home pod, with what a PodRecord leaves out.
struct ExplainedPod {
  kube::PodRecord record;
  bool spreads_hard = false;  ///< a topologySpreadConstraint with DoNotSchedule
};

/// The input for an explanation: objects of one namespace and the market, as they were read. Values
/// only.
struct Facts {
  base::Time now;
  std::string ns;
  std::vector<api::ClaimRecord>
      claims;  ///< of the namespace, by name: the extender takes the first that selects a pod
  std::vector<api::BurstRecord> bursts;  ///< of the namespace
  std::vector<api::OfferRecord> offers;
  std::vector<api::ProviderRecord> providers;
  std::vector<kube::ServiceRecord> services;  ///< of the namespace, by name
  /// When the operator last looked after a burst node; nullopt when there is none or nodes cannot be read.
  std::optional<base::Time> operator_seen;
  /// Kinds that could not be read, and so are left out.
  std::vector<std::string> unread;

  const api::OfferRecord* find_offer(const std::string& name) const;
  const api::ClaimRecord* find_claim(const std::string& name) const;
};

}  // namespace cli
