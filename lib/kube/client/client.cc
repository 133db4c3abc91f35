#include "kube/client/client.h"

#include "base/log.h"
#include "kube/client/list_page.h"
#include "kube/client/stop_pair.h"
#include "kube/core/node_record.h"

namespace kube {

namespace {

/// Streams end when either the reader or the client is stopped.
class ClientStream : public net::HttpStream {
 public:
  ClientStream(std::unique_ptr<net::HttpStream> inner, std::stop_token client_stop)
      : inner_(std::move(inner)), client_stop_(std::move(client_stop)) {}
  const net::HttpResponse& head() const override { return inner_->head(); }
  base::Result<std::size_t> read_some(std::span<char> into, std::chrono::milliseconds wait,
                                      std::stop_token stop) override {
    const StopPair either(std::move(stop), client_stop_);
    return inner_->read_some(into, wait, either.token());
  }

 private:
  std::unique_ptr<net::HttpStream> inner_;
  std::stop_token client_stop_;
};

/// The rest of a refused stream's body, bounded: it holds the Status with the reason.
std::string read_rest(net::HttpStream& stream, const std::stop_token& stop) {
  constexpr std::size_t kMax = 64u << 10;
  std::string body(kMax, '\0');
  std::size_t size = 0;
  while (size < kMax) {
    auto got = stream.read_some(std::span(body).subspan(size), std::chrono::seconds(5), stop);
    if (!got || *got == 0) break;
    size += *got;
  }
  body.resize(size);
  return body;
}

base::Result<nlohmann::json> parse_body(base::Result<net::HttpResponse> reply) {
  if (!reply) return base::fail(std::move(reply.error()));
  auto object = nlohmann::json::parse(reply->body, nullptr, false);
  if (object.is_discarded()) return base::fail(base::Code::kMalformed, "the reply is not JSON");
  return object;
}

std::string metadata_text(const nlohmann::json& object, const char* key) {
  const auto metadata = object.find("metadata");
  if (metadata == object.end() || !metadata->is_object()) return {};
  const auto value = metadata->find(key);
  return value == metadata->end() || !value->is_string() ? std::string() : value->get<std::string>();
}

}  // namespace

base::Result<std::unique_ptr<Client>> Client::make(const ClientConfig& config, std::string user_agent) {
  if (config.tls.insecure_skip_verify) {
    base::log_warning("The API server's certificate is not verified", {{"host", config.endpoint.host}});
  }
  net::HttpClientOptions options;
  options.endpoint = config.endpoint;
  options.endpoint.path_prefix.clear();  // prepare() puts it before each path
  options.tls = config.tls;
  // As many as workers may have requests under way: closing a connection for lack of room costs another TLS
  // handshake.
  options.max_idle_connections = 32;
  auto http = net::make_http_client(std::move(options));
  if (!http) return base::fail(std::move(http.error()));
  return std::make_unique<Client>(std::move(*http), config, std::move(user_agent));
}

Client::Client(std::unique_ptr<net::HttpClient> http, ClientConfig config, std::string user_agent)
    : http_(std::move(http)), config_(std::move(config)), user_agent_(std::move(user_agent)) {}

Client::~Client() = default;

void Client::stop() { stop_.request_stop(); }

base::Result<net::HttpRequest> Client::prepare(net::HttpRequest request, bool& token_used) {
  request.target = config_.endpoint.path_prefix + request.target;
  request.headers.push_back({"User-Agent", user_agent_});
  if (config_.token) {
    auto token = config_.token->token();
    if (!token) return base::fail(std::move(token.error()));
    token_used = !token->empty();
    if (token_used) request.headers.push_back({"Authorization", "Bearer " + *token});
  }
  return request;
}

base::Result<net::HttpResponse> Client::send(net::HttpRequest request, std::stop_token stop) {
  const StopPair either(std::move(stop), stop_.get_token());
  for (bool second = false;; second = true) {
    if (either.token().stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
    bool token_used = false;
    auto prepared = prepare(request, token_used);
    if (!prepared) return base::fail(std::move(prepared.error()));
    auto reply = http_->send(*prepared, either.token());
    if (!reply) return reply;
    if (reply->status == 401 && token_used && !second) {
      config_.token->invalidate();
      continue;
    }
    auto checked = check_reply(*reply);
    if (!checked) return base::fail(std::move(checked.error()));
    return reply;
  }
}

base::Result<std::unique_ptr<net::HttpStream>> Client::open_stream(net::HttpRequest request,
                                                                   std::stop_token stop) {
  const StopPair either(std::move(stop), stop_.get_token());
  for (bool second = false;; second = true) {
    if (either.token().stop_requested()) return base::fail(base::Code::kCancelled, "stopped");
    bool token_used = false;
    auto prepared = prepare(request, token_used);
    if (!prepared) return base::fail(std::move(prepared.error()));
    auto stream = http_->open_stream(*prepared, either.token());
    if (!stream) return base::fail(std::move(stream.error()));
    const int status = (*stream)->head().status;
    if (status >= 200 && status < 300)
      return std::make_unique<ClientStream>(std::move(*stream), stop_.get_token());
    if (status == 401 && token_used && !second) {
      config_.token->invalidate();
      continue;
    }
    net::HttpResponse refused = (*stream)->head();
    refused.body = read_rest(**stream, either.token());
    auto checked = check_reply(refused);
    return base::fail(std::move(checked.error()));
  }
}

base::Result<nlohmann::json> Client::get(const Resource& r, std::string_view ns, std::string_view name,
                                         std::string_view not_older_than) {
  return parse_body(send(get_request(r, ns, name, not_older_than)));
}

base::Result<nlohmann::json> Client::create(const Resource& r, std::string_view ns,
                                            const nlohmann::json& object) {
  return parse_body(send(create_request(r, ns, body_text(object))));
}

base::Result<ObjectMeta> Client::create_for_metadata(const Resource& r, std::string_view ns,
                                                     const nlohmann::json& object) {
  auto request = create_request(r, ns, body_text(object));
  want_metadata_only(request);
  auto reply = send(std::move(request));
  if (!reply) return base::fail(std::move(reply.error()));
  auto record = decode_text<MetaRecord>(reply->body, decode_meta);
  if (!record) return base::fail(std::move(record.error()));
  return std::move(record->meta);
}

base::Result<nlohmann::json> Client::update(const Resource& r, const nlohmann::json& object,
                                            std::string_view subresource) {
  const std::string name = metadata_text(object, "name");
  if (name.empty()) return base::fail(base::Code::kInvalid, "metadata.name is missing");
  return parse_body(
      send(update_request(r, metadata_text(object, "namespace"), name, body_text(object), subresource)));
}

base::Result<nlohmann::json> Client::patch(const Resource& r, std::string_view ns, std::string_view name,
                                           PatchType type, std::string body, std::string_view subresource) {
  return parse_body(send(patch_request(r, ns, name, type, std::move(body), subresource)));
}

base::Outcome Client::remove(const Resource& r, std::string_view ns, std::string_view name,
                             const DeleteOptions& options) {
  auto reply = send(delete_request(r, ns, name, options));
  if (!reply && !reply.error().is(base::Code::kNotFound)) return base::fail(std::move(reply.error()));
  return {};
}

base::Outcome Client::remove_collection(const Resource& r, std::string_view ns,
                                        const std::string& label_selector, const DeleteOptions& options) {
  auto reply = send(delete_collection_request(r, ns, label_selector, options));
  if (!reply) return base::fail(std::move(reply.error()));
  return {};
}

base::Result<std::string> Client::list(const Resource& r, std::string_view ns, ListOptions options,
                                       const std::function<base::Outcome(JsonObject&)>& visit,
                                       const std::function<void()>& restart, std::stop_token stop) {
  bool restarted = false;
  while (true) {
    auto reply = send(list_request(r, ns, options), stop);
    if (!reply) {
      const bool between_pages = reply.error().is(base::Code::kExpired) && !options.continue_token.empty();
      if (!between_pages || restarted) return base::fail(std::move(reply.error()));
      restarted = true;
      options.continue_token.clear();
      options.resource_version.clear();
      if (restart) restart();
      continue;
    }
    auto page = read_list_page(reply->body, visit);
    if (!page)
      return base::fail(
          std::move(page.error()).with_context(std::string("list of ") + std::string(r.plural)));
    if (page->continue_token.empty()) return std::move(page->resource_version);
    options.continue_token = std::move(page->continue_token);
  }
}

base::Result<nlohmann::json> Client::version() {
  net::HttpRequest request;
  request.target = "/version";
  return parse_body(send(std::move(request)));
}

}  // namespace kube
