#pragma once

#include <memory>
#include <string>

#include "operator/home/home.h"
#include "operator/offers/offer_builder.h"
#include "operator/remote/remote_cluster.h"

namespace op {

/// Why nothing new may burst to `provider`, "" when it may: the spec, the pause, the connection, then the
/// condition Ready.
std::string unavailable_reason(const api::ProviderRecord& provider, const RemoteCluster* remote);

/// Gathers from the caches what the provider's offers are made from. `remote` must have its capacity synced.
ProviderView gather_view(const Home& home, std::shared_ptr<const api::ProviderRecord> provider,
                         const RemoteCluster& remote);

}  // namespace op
