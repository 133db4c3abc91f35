#pragma once

#include <openssl/bio.h>

namespace net {

/// The socket below a BIO.
struct TlsWire {
  /// -1 makes every operation fail. So a descriptor that was closed and given to another connection is
  /// never touched.
  int fd = -1;
  /// More bytes follow at once: the kernel puts records together before it wakes the reader.
  bool more = false;
};

/// A BIO over a non-blocking socket that never raises SIGPIPE, which OpenSSL's own does. `wire` must outlive
/// it. Null when out of memory.
BIO* make_socket_bio(const TlsWire* wire);

}  // namespace net
