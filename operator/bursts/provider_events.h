#pragma once

#include <mutex>
#include <string>

#include "kube/core/event_record.h"
#include "operator/bursts/attempt_index.h"
#include "operator/bursts/event_budget.h"
#include "operator/home/home.h"
#include "operator/references/pod_copies.h"

namespace op {

/// Reports to the owners of bursted pods what their provider's cluster says about the twins: as events on the
/// home pods, marked with the provider (burst::event_for_owner), few enough for each pod (EventBudget). An
/// event at home has a name made from its content, so that a restart writes nothing twice. Thread-safe.
class ProviderEvents {
 public:
  ProviderEvents(Home& home, const AttemptIndex& attempts, const PodCopies& copies)
      : home_(home), attempts_(attempts), copies_(copies) {}
  /// Called on the watches' threads; quick.
  void heard(const std::string& provider, const kube::EventRecord& event);

 private:
  Home& home_;
  const AttemptIndex& attempts_;
  const PodCopies& copies_;
  std::mutex mutex_;
  EventBudget budget_;
};

}  // namespace op
