#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/config.h"
#include "api/ledger.h"
#include "api/records.h"
#include "base/clock.h"
#include "burst/spend_book.h"
#include "kube/client/client.h"
#include "kube/core/node_record.h"
#include "kube/core/pod_record.h"
#include "kube/core/service_record.h"
#include "kube/runtime/event_recorder.h"
#include "kube/runtime/informer.h"
#include "profiles/profiles.h"

namespace op {

/// What the operator's command line says about the home cluster's objects.
struct HomeSettings {
  bool stop_spending = false;
  profiles::Profiles profiles = profiles::builtin_profiles();
};

/// The home cluster as every controller sees it: one client and one informer per kind. Owned by App; handlers
/// are registered before start(). Reads of the stores are lock-free for practical purposes and safe from any
/// thread.
struct Home {
  Home(kube::Client& home_client, const base::Clock& home_clock, kube::EventRecorder& recorder,
       std::string id, HomeSettings settings = {});

  kube::Client& client;
  const base::Clock& clock;
  kube::EventRecorder& events;
  /// Id of this installation: UID of the namespace kube-system, hence the same for every replica and unique
  /// per cluster.
  const std::string installation;

  kube::Informer<kube::PodRecord> pods;
  kube::Informer<kube::NodeRecord> nodes;
  kube::Informer<kube::ServiceRecord> services;
  kube::Informer<api::ClaimRecord> claims;
  kube::Informer<api::ProviderRecord> providers;
  kube::Informer<api::OfferRecord> offers;
  kube::Informer<api::BurstRecord> bursts;
  kube::Informer<api::ConfigRecord> configs;
  kube::Informer<api::LedgerPageRecord> ledgers;
  /// Providers under their profiles (profiled_provider.h); null when there is none of that name. Decisions
  /// about a provider read it here and not from the informer.
  std::shared_ptr<const api::ProviderRecord> provider(const std::string& name) const;
  std::vector<std::shared_ptr<const api::ProviderRecord>> all_providers() const;

  /// The spend in the ledger's pages; follows `ledgers`.
  burst::SpendBook book;

  /// The configuration that counts, null when there is none.
  std::shared_ptr<const api::ConfigRecord> config() const;
  /// Claims under the present configuration; null when there is none of that key. Decisions about a claim
  /// read it here and not from the informer.
  std::shared_ptr<const api::ClaimRecord> claim(const kube::ObjectKey& key) const;
  std::vector<std::shared_ptr<const api::ClaimRecord>> all_claims() const;

  void start();
  void stop();
  /// Every informer has its first list. Before that, no decision may rest on an absent object.
  bool synced() const;

 private:
  std::shared_ptr<const api::ClaimRecord> under_config(std::shared_ptr<const api::ClaimRecord> claim) const;
  std::shared_ptr<const api::ProviderRecord> profiled(
      std::shared_ptr<const api::ProviderRecord> provider) const;

  const HomeSettings settings_;
  mutable std::mutex mutex_;
  /// By name, for as long as the object has this version: an overlay is not made again for each pod.
  mutable std::map<std::string, std::shared_ptr<const api::ProviderRecord>> profiled_;
};

}  // namespace op
