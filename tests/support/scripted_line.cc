#include "support/scripted_line.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <csignal>

namespace testing_support {
namespace {

/// A client that does not shake hands must not hold the end of the test up.
constexpr int kHandshakeSeconds = 20;

void use(SSL_CTX* context, const Issued& certificate) {
  const auto reader = [](const std::string& pem) {
    return std::unique_ptr<BIO, decltype(&BIO_free)>(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  };
  const std::unique_ptr<X509, decltype(&X509_free)> own(
      PEM_read_bio_X509(reader(certificate.certificate_pem).get(), nullptr, nullptr, nullptr), X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(reader(certificate.key_pem).get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  require_openssl(SSL_CTX_use_certificate(context, own.get()) == 1);
  require_openssl(SSL_CTX_use_PrivateKey(context, key.get()) == 1);
}

}  // namespace

bool readable(int fd) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&entry, 1, kTickMs) > 0;
}

ScriptedLine::~ScriptedLine() {
  if (ssl_ && orderly_) SSL_shutdown(ssl_.get());
  ::close(fd_);
}

bool ScriptedLine::accept_tls(const Issued& certificate) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  const timeval limit{.tv_sec = kHandshakeSeconds, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  context_.reset(SSL_CTX_new(TLS_server_method()));
  require_openssl(context_ != nullptr);
  use(context_.get(), certificate);
  ssl_.reset(SSL_new(context_.get()));
  require_openssl(ssl_ != nullptr && SSL_set_fd(ssl_.get(), fd_) == 1);
  const bool accepted = SSL_accept(ssl_.get()) == 1;
  if (!accepted) orderly_ = false;
  return accepted;
}

bool ScriptedLine::send(const std::string& bytes) {
  for (std::size_t sent = 0; sent < bytes.size();) {
    const char* from = bytes.data() + sent;
    const std::size_t left = bytes.size() - sent;
    const auto count =
        ssl_ ? SSL_write(ssl_.get(), from, static_cast<int>(left)) : ::send(fd_, from, left, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

ScriptedLine::Read ScriptedLine::read(std::string& into) {
  const bool buffered = ssl_ && SSL_pending(ssl_.get()) > 0;
  if (!buffered && !readable(fd_)) return Read::kNothingYet;
  std::array<char, 16 * 1024> chunk{};
  const auto count = ssl_ ? SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size()))
                          : ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return Read::kGone;
  into.append(chunk.data(), static_cast<std::size_t>(count));
  return Read::kBytes;
}

bool ScriptedLine::is_gone() {
  char byte = 0;
  if (::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) return true;
  // A client's last word in TLS stands before its FIN.
  return ssl_ && readable(fd_) && SSL_peek(ssl_.get(), &byte, 1) <= 0;
}

void ScriptedLine::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  orderly_ = false;
}

}  // namespace testing_support
