#include "net/tls_bio.h"

#include <sys/socket.h>

#include <cerrno>

namespace net {
namespace {

const TlsWire& wire(BIO* bio) { return *static_cast<const TlsWire*>(BIO_get_data(bio)); }

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int write_bytes(BIO* bio, const char* bytes, int count) {
  BIO_clear_retry_flags(bio);
  const int flags = wire(bio).more ? MSG_NOSIGNAL | MSG_MORE : MSG_NOSIGNAL;
  const auto sent = ::send(wire(bio).fd, bytes, static_cast<std::size_t>(count), flags);
  if (sent < 0 && would_block()) BIO_set_retry_write(bio);
  return static_cast<int>(sent);
}

int read_bytes(BIO* bio, char* into, int room) {
  BIO_clear_retry_flags(bio);
  const auto got = ::recv(wire(bio).fd, into, static_cast<std::size_t>(room), 0);
  if (got < 0 && would_block()) BIO_set_retry_read(bio);
  if (got == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(got);
}

long control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO_METHOD* make_method() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket without SIGPIPE");
  if (method == nullptr) return nullptr;
  BIO_meth_set_write(method, write_bytes);
  BIO_meth_set_read(method, read_bytes);
  BIO_meth_set_ctrl(method, control);
  return method;
}

}  // namespace

BIO* make_socket_bio(const TlsWire* wire) {
  static BIO_METHOD* const method = make_method();
  if (method == nullptr) return nullptr;
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, const_cast<TlsWire*>(wire));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace net
