#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "operator/home/home.h"
#include "operator/providers/provider_link.h"

namespace op {

inline constexpr std::string_view kProviderFinalizer = "neoburst.io/provider";
/// On a NeocloudProvider that is being deleted: "true" gives up what may still be at the provider.
inline constexpr std::string_view kAbandonAnnotation = "neoburst.io/abandon";

/// Why a NeocloudProvider cannot go yet. When one is deleted, its offers go and its bursts are wound down.
/// The finalizer, and the object with it, goes only when no twin, anchor or go object of ours is left. While
/// the provider cannot be reached nobody can know that, so the object stays, says so in its condition Ready,
/// and we keep trying: GPUs that somebody pays for must not be forgotten. The owner may decide otherwise with
/// the annotation neoburst.io/abandon: "true". Twins that are still there then end at their
/// activeDeadlineSeconds at the latest, or by hand with `kubectl delete pods,configmaps -l
/// neoburst.io/installation=<id>` at the provider.
struct RemovalState {
  bool done = false;
  Trouble waiting;
};

/// True when the provider may go without any question to it: its owner abandons it, or nothing of ours can
/// be there. `live` is the provider as just read from the API server.
bool may_go_unasked(const Home& home, const api::ProviderRecord& provider, const nlohmann::json& live);
/// One step of the removal of any other provider. It never removes twins itself: the burst controller does,
/// because it knows their pods.
base::Result<RemovalState> remove_traces(Home& home, ProviderLink& link, const api::ProviderRecord& provider,
                                         const ProbeResult& probe);

bool has_finalizer(const nlohmann::json& live);
/// Compare-and-set on resourceVersion. Conflict when the object changed meanwhile.
base::Outcome add_finalizer(kube::Client& home, const nlohmann::json& live);
base::Outcome remove_finalizer(kube::Client& home, const nlohmann::json& live);

}  // namespace op
