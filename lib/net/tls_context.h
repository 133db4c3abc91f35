#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "net/http_client.h"

namespace boost::asio::ssl {
class context;
}

namespace net {

/// One SSL_CTX, shared by all connections of a client or a server. Immutable once made, so safe to share.
using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

/// TLS 1.2 or newer, ALPN http/1.1. Invalid when a PEM text does not parse; says which one and why.
base::Result<TlsContext> make_client_tls(const TlsOptions& options);
base::Result<TlsContext> make_server_tls(const std::string& certificate_pem, const std::string& key_pem);
/// Sets up as make_client_tls() does, on a context that another library made. The context's earlier trust
/// is dropped when `options` name certificates to trust. Invalid as there.
base::Outcome set_up_client_tls(SSL_CTX* context, const TlsOptions& options);
/// Asks clients for a certificate. Any certificate is let in, also none: the caller judges the client later
/// by what it showed. Sessions are never resumed, so that each connection shows its certificate. Call it
/// before the context is used.
void ask_for_certificates(const TlsContext& context);

/// The certificates that the client showed in the finished handshake, leaf first, as PEM; "" when none. The
/// client holds the key of the leaf; nothing else is verified.
std::string client_chain_pem(SSL* ssl);

/// The end of validity of the first certificate in `pem`; Invalid when there is none.
base::Result<base::Time> certificate_not_after(const std::string& pem);

/// OpenSSL's last error on this thread; empties its error queue.
std::string last_tls_error();

}  // namespace net
