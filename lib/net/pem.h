#pragma once

namespace net {

/// The password callback for PEM texts: an encrypted key must fail. OpenSSL's default would ask at the
/// terminal.
int no_password(char* into, int size, int writing, void* data);

/// After a read that failed: true when there was no further PEM block, and the error is cleared; false when a
/// block was broken, and the error is kept for last_tls_error().
bool at_end_of_pem();

}  // namespace net
