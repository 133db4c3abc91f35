#pragma once

#include <memory>

#include "base/status.h"
#include "net/http_client.h"

namespace net {

struct DialPlan;

/// A server that is dialled again and again: its address, the certificates to trust and to show. Immutable;
/// shared by all its connections.
using Upstream = std::shared_ptr<const DialPlan>;

/// Invalid when a PEM text does not parse; says which one, never prints it.
base::Result<Upstream> make_upstream(const Endpoint& endpoint, const TlsOptions& tls);

}  // namespace net
