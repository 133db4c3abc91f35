#pragma once

#include <string>

#include "base/status.h"
#include "net/http.h"
#include "net/http_client.h"

namespace net {

/// The bytes of `request` on the wire, header and body in one piece. Invalid when a part could end its line
/// and smuggle in another header, or when the caller sets a header that frames the message.
base::Result<std::string> make_request_text(const Endpoint& endpoint, const HttpRequest& request);

/// The same for a request on a connection of its own that may ask for another protocol: `Upgrade` is the
/// caller's to set.
base::Result<std::string> make_upgrade_text(const Endpoint& endpoint, const HttpRequest& request);

/// The value of the Host header: the port only where it is not the scheme's own, brackets around an IPv6
/// address.
std::string host_header(const Endpoint& endpoint);

/// Whether a request may be sent twice without harm.
bool is_idempotent(std::string_view method);

}  // namespace net
