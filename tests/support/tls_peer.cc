#include "support/tls_peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace testing_support {
namespace {

constexpr int kPatienceSeconds = 20;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

void show(SSL_CTX* context, const Issued& issued) {
  if (issued.certificate_pem.empty()) return;
  BIO* certificate_bio = BIO_new_mem_buf(issued.certificate_pem.data(), -1);
  X509* certificate = PEM_read_bio_X509(certificate_bio, nullptr, nullptr, nullptr);
  BIO* key_bio = BIO_new_mem_buf(issued.key_pem.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(key_bio, nullptr, nullptr, nullptr);
  if (SSL_CTX_use_certificate(context, certificate) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1) {
    std::abort();  // our own test certificates
  }
  X509_free(certificate);
  EVP_PKEY_free(key);
  BIO_free(certificate_bio);
  BIO_free(key_bio);
}

}  // namespace

TlsPeer::TlsPeer(int fd, SSL_CTX* context, bool is_server)
    : fd_(fd), context_(context), ssl_(SSL_new(context)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes with write()
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  SSL_set_fd(ssl_, fd_);
  SSL_set_read_ahead(ssl_, 1);
  open_ = (is_server ? SSL_accept(ssl_) : SSL_connect(ssl_)) == 1;
}

std::unique_ptr<TlsPeer> TlsPeer::connect(std::uint16_t port, const Issued& shown) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  static_cast<void>(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384");  // as Go orders them
  show(context, shown);
  return std::unique_ptr<TlsPeer>(new TlsPeer(fd, context, false));
}

std::unique_ptr<TlsPeer> TlsPeer::accept(int fd, const Issued& certificate) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  show(context, certificate);
  return std::unique_ptr<TlsPeer>(new TlsPeer(fd, context, true));
}

TlsPeer::~TlsPeer() {
  SSL_free(ssl_);
  SSL_CTX_free(context_);
  if (fd_ >= 0) ::close(fd_);
}

bool TlsPeer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int sent =
        SSL_write(ssl_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), 1 << 20)));
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

int TlsPeer::read_some(std::span<char> into) {
  const int got = SSL_read(ssl_, into.data(), static_cast<int>(into.size()));
  if (got > 0) return got;
  return SSL_get_error(ssl_, got) == SSL_ERROR_ZERO_RETURN ? 0 : -1;
}

std::string TlsPeer::read_until(std::string_view text) {
  std::string all;
  char byte = 0;
  while (all.find(text) == std::string::npos && read_some({&byte, 1}) == 1) all.push_back(byte);
  return all;
}

std::string TlsPeer::read_exactly(std::size_t count) {
  std::string all(count, '\0');
  std::size_t size = 0;
  while (size < count) {
    const int got = read_some(std::span(all).subspan(size));
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  all.resize(size);
  return all;
}

std::string TlsPeer::read_all(bool* clean) {
  std::string all;
  std::vector<char> chunk(64 * 1024);
  int got = 0;
  while ((got = read_some(chunk)) > 0) all.append(chunk.data(), static_cast<std::size_t>(got));
  if (clean != nullptr) *clean = got == 0;
  return all;
}

void TlsPeer::close_write() {
  SSL_shutdown(ssl_);
  ::shutdown(fd_, SHUT_WR);
}

void TlsPeer::abort() {
  const linger reset{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  ::close(fd_);
  fd_ = -1;
}

std::string TlsPeer::peer_name() const {
  X509* certificate = SSL_get1_peer_certificate(ssl_);
  if (certificate == nullptr) return {};
  char name[256] = {};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  X509_free(certificate);
  return name;
}

TlsHost::TlsHost(Issued certificate, Serve serve)
    : certificate_(std::move(certificate)), serve_(std::move(serve)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, generic, length) != 0 || ::listen(listener_, 256) != 0 ||
      ::getsockname(listener_, generic, &length) != 0) {
    std::abort();  // no loopback: no test makes sense
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::jthread([this] { run(); });
}

TlsHost::~TlsHost() {
  ::shutdown(listener_, SHUT_RDWR);  // ends accept()
  acceptor_.join();
  ::close(listener_);
  threads_.clear();
}

void TlsHost::run() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    ++open_;
    // Threads that have ended are given back: a test may open thousands of connections.
    std::erase_if(threads_, [](const Served& served) { return served.over->load(); });
    auto over = std::make_shared<std::atomic<bool>>(false);
    threads_.push_back({over, std::jthread([this, fd, over] {
                          {
                            const auto peer = TlsPeer::accept(fd, certificate_);
                            if (peer->open()) serve_(*peer);
                          }
                          --open_;
                          *over = true;
                        })});
  }
}

}  // namespace testing_support
