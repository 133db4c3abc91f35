#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "net/stream_server.h"
#include "support/test_certificates.h"
#include "support/tls_peer.h"

/// A stream server in front of a server that the test plays, and clients of it.
namespace stream_bench {

using testing_support::Issued;
using testing_support::TestAuthority;
using testing_support::TlsHost;
using testing_support::TlsPeer;

inline const TestAuthority& authority() {
  static const TestAuthority ca("Test CA");
  return ca;
}

inline Issued certificate(const std::string& name = "server") {
  return authority().issue({.common_name = name, .alt_names = "DNS:localhost,IP:127.0.0.1"});
}

inline const std::string kSwitching =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
inline const std::string kUpgrade =
    "POST /exec HTTP/1.1\r\nHost: node\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n";
inline const std::string kGet = "GET /logs HTTP/1.1\r\nHost: node\r\n\r\n";

inline net::ServerReply failure_reply(const base::Result<net::HttpResponse>& said) {
  if (said) return {said->status, "text/plain", said->body};
  return {503, "text/plain", said.error().text()};
}

/// Everything in one process; torn down in the right order.
class Bench {
 public:
  explicit Bench(TlsHost::Serve serve, net::StreamServiceOptions options = {},
                 std::chrono::milliseconds head_timeout = std::chrono::seconds(10))
      : host(certificate("upstream"), std::move(serve)),
        upstream(net::make_upstream({.tls = true, .host = "127.0.0.1", .port = host.port()},
                                    {.ca_pem = authority().ca_pem()})
                     .value()),
        service(net::StreamService::make(options)) {
    listener = service
                   ->listen("127.0.0.1", 0,
                            [this, head_timeout](std::shared_ptr<net::StreamExchange> exchange) {
                              forward(std::move(exchange), head_timeout);
                            })
                   .value();
    const Issued issued = certificate();
    EXPECT_TRUE(listener->set_certificate(issued.certificate_pem, issued.key_pem));
  }

  std::unique_ptr<TlsPeer> client(const std::string& request) const {
    auto peer = TlsPeer::connect(listener->port());
    EXPECT_TRUE(peer->open());
    EXPECT_TRUE(peer->write(request));
    return peer;
  }

  TlsHost host;
  net::Upstream upstream;
  std::unique_ptr<net::StreamService> service;
  std::unique_ptr<net::StreamListener> listener;

 private:
  void forward(std::shared_ptr<net::StreamExchange> exchange, std::chrono::milliseconds head_timeout) {
    const auto& head = exchange->request().head;
    net::Forward to{.upstream = upstream,
                    .request = {.method = head.method, .target = head.target},
                    .head_timeout = head_timeout};
    if (exchange->request().is_upgrade) {
      to.request.headers = {{"Connection", "Upgrade"}, {"Upgrade", "SPDY/3.1"}};
    }
    exchange->forward(std::move(to),
                      [](std::shared_ptr<net::StreamExchange> back, base::Result<net::HttpResponse> said) {
                        back->reply(failure_reply(said));
                      });
  }
};

}  // namespace stream_bench
