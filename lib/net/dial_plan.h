#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/tls_context.h"
#include "net/upstream.h"

namespace net {

/// How to reach a server. Immutable, shared by all connections of one client.
struct DialPlan {
  Endpoint endpoint;
  /// Null for plain HTTP.
  TlsContext tls;
  /// The name to verify; empty verifies nothing.
  std::string verify_name;
  /// When the certificate we show ends; for the error text.
  std::optional<base::Time> certificate_not_after;

  /// "host:port", with brackets around an IPv6 address.
  std::string address_text() const;
  /// Why nothing may be dialled, "" when it may: the certificate we would show has expired.
  std::string expiry() const;
};

}  // namespace net
