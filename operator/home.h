#pragma once

#include <string>

#include "api/records.h"
#include "base/clock.h"
#include "kube/client/client.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "kube/runtime/event_recorder.h"
#include "kube/runtime/informer.h"

namespace op {

/// The home cluster as every controller sees it: one client and one informer per kind. Owned by App; handlers
/// are registered before start(). Reads of the stores are lock-free for practical purposes and safe from any
/// thread.
struct Home {
  Home(kube::Client& home_client, const base::Clock& home_clock, kube::EventRecorder& recorder,
       std::string id);

  kube::Client& client;
  const base::Clock& clock;
  kube::EventRecorder& events;
  /// Id of this installation: UID of the namespace kube-system, hence the same for every replica and unique
  /// per cluster.
  const std::string installation;

  kube::Informer<kube::PodRecord> pods;
  kube::Informer<kube::NodeRecord> nodes;
  kube::Informer<api::ClaimRecord> claims;
  kube::Informer<api::ProviderRecord> providers;
  kube::Informer<api::OfferRecord> offers;
  kube::Informer<api::BurstRecord> bursts;

  void start();
  void stop();
  /// Every informer has its first list. Before that nobody may decide that something is absent.
  bool synced() const;
};

}  // namespace op
