#include "operator/feeds/feed_http.h"

// Without it a macro `U` would be everywhere.
#define _TURN_OFF_PLATFORM_STRING
#include <cpprest/containerstream.h>
#include <cpprest/http_client.h>
#include <openssl/ssl.h>
#include <pplx/threadpool.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "net/host_addresses.h"
#include "net/request_text.h"
#include "net/tls_context.h"
#include "operator/feeds/feed_line.h"

namespace op {
namespace {

using base::Code;
using std::chrono::steady_clock;
using Buffer = concurrency::streams::container_buffer<std::vector<std::uint8_t>>;
using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

/// One thread for requests, one for time limits; the library's default is forty.
constexpr std::size_t kThreads = 2;
/// Bytes that a parser may read behind a body.
constexpr std::size_t kPadding = 64;

/// Thrown within the library's chain of tasks; it ends that chain.
struct TooLarge {};
/// The certificates, or the name to verify, are not usable.
struct BadTls {
  base::Status why;
};

void start_threads() {
  static const bool started = [] {
    crossplat::threadpool::initialize_with_threads(kThreads);
    return true;
  }();
  static_cast<void>(started);
}

/// OpenSSL's verdict alone, for the name that FeedLine set. The library's own check would compare the Host
/// header with its port.
int verify_certificate(X509_STORE_CTX* chain, void*) {
  X509_STORE_CTX_set_verify_cb(chain, [](int is_good, X509_STORE_CTX*) { return is_good; });
  return X509_verify_cert(chain) == 1 ? 1 : 0;
}

web::http::client::http_client_config make_config(const FeedHttpOptions& options,
                                                  const std::shared_ptr<FeedLine>& line) {
  web::http::client::http_client_config config;
  config.set_max_redirects(0);
  config.set_validate_certificates(true);
  config.set_tlsext_sni_enabled(false);  // FeedLine asks for the name, and for none where it is an address
  // The library's time limit is for each of its steps; ours is for all of them and comes first.
  config.set_timeout(options.timeout + options.timeout);
  config.set_ssl_context_callback([ca_pem = options.ca_pem](boost::asio::ssl::context& context) {
    SSL_CTX* raw = context.native_handle();
    if (auto set_up = net::set_up_client_tls(raw, {.ca_pem = ca_pem}); !set_up) throw BadTls{set_up.error()};
    SSL_CTX_set_cert_verify_callback(raw, verify_certificate, nullptr);
  });
  config.set_nativehandle_options([line](web::http::client::native_handle stream) {
    auto* tls = static_cast<TlsStream*>(stream);
    auto watched = line->watch(tls->native_handle(), [tls] { return tls->next_layer().native_handle(); });
    if (!watched) throw BadTls{watched.error()};
  });
  return config;
}

/// Adds the blank that the library leaves out between a name and its value.
void add_header(web::http::http_request& request, const std::string& name, const std::string& value) {
  request.headers().add(name, " " + value);
}

web::http::http_request make_request(const std::string& target, const net::Headers& headers) {
  web::http::http_request request(web::http::methods::GET);
  const auto query = std::min(target.find('?'), target.size());
  web::uri_builder uri;
  uri.set_path(target.substr(0, query));
  if (query < target.size()) uri.set_query(target.substr(query + 1));
  request.set_request_uri(uri.to_uri());
  for (const auto& header : headers) add_header(request, header.name, header.value);
  return request;
}

net::HttpResponse take_reply(const web::http::http_response& response, Buffer& body) {
  net::HttpResponse reply{.status = response.status_code()};
  for (const auto& [name, value] : response.headers()) reply.headers.push_back({name, value});
  const auto& bytes = body.collection();
  reply.body.reserve(bytes.size() + kPadding);
  reply.body.assign(bytes.begin(), bytes.end());
  return reply;
}

/// What the library's threads share of one request. A reply is handed over when the last of them has let go
/// of it: only then the library has its connection back, for the next request to go over.
struct Delivery {
  explicit Delivery(std::shared_ptr<FeedLine> to) : line(std::move(to)) {}
  ~Delivery() {
    if (reply) line->finish(std::move(*reply));
  }
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  const std::shared_ptr<FeedLine> line;
  Buffer body;
  std::optional<net::HttpResponse> reply;
};

/// Notes how `done` ended; a failure is reported at once.
void take(const pplx::task<web::http::http_response>& done, std::size_t max_body_bytes, Delivery& delivery) {
  FeedLine& line = *delivery.line;
  try {
    const auto response = done.get();
    if (delivery.body.collection().size() > max_body_bytes) throw TooLarge{};
    delivery.reply = take_reply(response, delivery.body);
  } catch (const TooLarge&) {
    line.finish(base::fail(line.too_large()));
  } catch (const BadTls& bad) {
    line.finish(base::fail(bad.why));
  } catch (const web::http::http_exception& error) {
    // Without a code the system had nothing to complain about: the parser did.
    line.fail(!error.error_code());
  } catch (const std::exception&) {
    line.fail(false);
  }
}

class CpprestFeedHttp final : public FeedHttp {
 public:
  explicit CpprestFeedHttp(FeedHttpOptions options) : options_(std::move(options)) {}

  base::Result<net::HttpResponse> get(const std::string& target, const net::Headers& headers,
                                      std::stop_token stop) override {
    const auto text = net::make_request_text(server(), {.target = target, .headers = headers});
    if (!text) return base::fail(text.error());
    const auto now = steady_clock::now();
    const auto connected = now + std::min(options_.connect_timeout, options_.timeout);
    const FeedDeadlines deadlines{connected, connected, now + options_.timeout};
    try {
      if (client_) return ask(target, headers, deadlines, stop);
      return connect_and_ask(target, headers, deadlines, stop);
    } catch (const web::uri_exception&) {
      return base::fail(Code::kInvalid, "malformed request target");
    } catch (const std::exception&) {
      return base::fail(Code::kUnavailable, "the HTTP client failed");
    }
  }

 private:
  /// The endpoint without its prefix: targets are whole.
  net::Endpoint server() const {
    net::Endpoint server = options_.endpoint;
    server.path_prefix.clear();
    return server;
  }

  /// Tries the server's addresses in order. The name is looked up here: the library can neither abandon a
  /// look-up that hangs, nor let the process end before it.
  base::Result<net::HttpResponse> connect_and_ask(const std::string& target, const net::Headers& headers,
                                                  const FeedDeadlines& deadlines, std::stop_token stop) {
    const auto addresses = net::host_addresses(options_.endpoint.host, deadlines.connected, stop);
    if (!addresses) return base::fail(addresses.error());
    for (std::size_t i = 0;; ++i) {
      // An address that swallows packets must leave time for the next ones.
      const auto now = steady_clock::now();
      const auto left = std::max(deadlines.connected - now, steady_clock::duration::zero());
      FeedDeadlines mine = deadlines;
      mine.connected = now + left / static_cast<int>(addresses->size() - i);
      open((*addresses)[i]);
      auto reply = ask(target, headers, mine, stop);
      const bool is_last = i + 1 == addresses->size() || steady_clock::now() >= deadlines.connected;
      if (reply || line_->reached() || is_last || stop.stop_requested()) return reply;
    }
  }

  void open(const std::string& address) {
    const std::string port = std::to_string(options_.endpoint.port);
    line_ = std::make_shared<FeedLine>(options_.endpoint.host + ":" + port, options_.endpoint.host,
                                       options_.max_body_bytes);
    // No brackets around an IPv6 address: the library hands it to the resolver as it is.
    client_.emplace(web::uri("https://" + address + ":" + port), make_config(options_, line_));
  }

  /// After a failure the connection is not used again.
  base::Result<net::HttpResponse> ask(const std::string& target, const net::Headers& headers,
                                      const FeedDeadlines& deadlines, std::stop_token stop) {
    line_->begin();
    send(target, headers);
    auto reply = line_->wait(deadlines, std::move(stop));
    if (reply) return reply;
    line_->abandon();
    client_.reset();
    return reply;
  }

  void send(const std::string& target, const net::Headers& headers) {
    auto request = make_request(target, headers);
    add_header(request, web::http::header_names::host, net::host_header(options_.endpoint));
    // Shared with the library's threads, which may still use it when nobody waits any more.
    auto delivery = std::make_shared<Delivery>(line_);
    request.set_response_stream(delivery->body.create_ostream());
    const std::size_t max = options_.max_body_bytes;
    // The request lives as long as its connection is in use, and `delivery` with it.
    request.set_progress_handler(
        [delivery, max](web::http::message_direction::direction, utility::size64_t so_far) {
          if (so_far > max) throw TooLarge{};
        });
    client_->request(request)
        .then([line = line_, max](web::http::http_response response) {
          line->head_arrived();
          if (response.headers().content_length() > max) throw TooLarge{};
          return response.content_ready();
        })
        .then([delivery, max](const pplx::task<web::http::http_response>& done) mutable {
          take(done, max, *delivery);
          delivery.reset();
        });
  }

  const FeedHttpOptions options_;
  std::shared_ptr<FeedLine> line_;
  std::optional<web::http::client::http_client> client_;
};

}  // namespace

base::Result<std::unique_ptr<FeedHttp>> make_feed_http(FeedHttpOptions options) {
  if (!options.endpoint.tls) return base::fail(Code::kInvalid, "it must be asked over TLS");
  // Each connection gets a context of its own; this trial shows first that the certificates are usable.
  const std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> trial(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  if (!trial) return base::fail(Code::kUnavailable, "cannot set up TLS: " + net::last_tls_error());
  if (auto set_up = net::set_up_client_tls(trial.get(), {.ca_pem = options.ca_pem}); !set_up) {
    return base::fail(std::move(set_up.error()));
  }
  start_threads();
  return std::make_unique<CpprestFeedHttp>(std::move(options));
}

}  // namespace op
