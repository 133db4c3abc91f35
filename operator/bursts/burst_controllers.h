#pragma once

#include <memory>
#include <string>

#include "kube/runtime/controller.h"
#include "operator/bursts/gather.h"
#include "operator/bursts/provider_events.h"
#include "operator/bursts/sweeper.h"
#include "operator/references/copy_keeper.h"

namespace op {

/// Drives every burst: watches pods, records, claims, offers and twins, and reconciles one pod (by UID) at a
/// time: gather, decide (burst::decide), act. Construct before Home::start(); start() when leading and
/// synced.
class BurstControllers {
 public:
  BurstControllers(Home& home, RemoteClusters& clusters, OfferTable& offers, LogKeeper& logs,
                   BurstOptions options);
  ~BurstControllers();
  void start();
  void stop();
  /// An object of this pod changed at a provider. Called on informer threads; quick.
  void pod_uid_changed(const std::string& pod_uid, kube::Urgency urgency);
  /// A provider's cluster reports an event about a pod in our namespace there. Called on watch threads;
  /// quick.
  void provider_event(const std::string& provider, const kube::EventRecord& event);

 private:
  void watch_home();
  void wake_all();
  base::Result<kube::Next> reconcile(const std::string& pod_uid);
  base::Result<kube::Next> without_record(Gathered& gathered, const std::string& pod_uid);

  /// Stops the twins of a pod whose PodBurst is gone for certain (its namespace is being deleted). True when
  /// none of them is left.
  base::Result<bool> stop_unrecorded_twins(const kube::PodRecord& pod);

  BurstContext context_;
  kube::Controller controller_;
  ProviderEvents provider_events_;
  Sweeper sweeper_;
  CopyKeeper keeper_;
};

}  // namespace op
