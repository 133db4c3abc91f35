#pragma once

#include <openssl/bio.h>

namespace net {

/// A BIO over a non-blocking socket that never raises SIGPIPE, which OpenSSL's own does. `fd` must outlive
/// it; set to -1 it makes every operation fail, so that a descriptor that was closed and given to another
/// connection is never touched. Null when out of memory.
BIO* make_socket_bio(const int* fd);

}  // namespace net
