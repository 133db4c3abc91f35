#include "net/request_text.h"

namespace net {
namespace {

bool is_token(std::string_view text) {
  static constexpr std::string_view kPunctuation = "!#$%&'*+-.^_`|~";
  for (const char c : text) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!word && kPunctuation.find(c) == std::string_view::npos) return false;
  }
  return !text.empty();
}

bool is_target(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return text.starts_with('/');
}

bool is_header_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool has_body(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" ||
         request.method == "PATCH";
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

bool frames_the_message(const Headers& headers) {
  return !find_header(headers, "Content-Length").empty() ||
         !find_header(headers, "Transfer-Encoding").empty() || !find_header(headers, "Expect").empty();
}

std::unexpected<base::Status> unsendable(std::string message) {
  return base::fail(base::Code::kInvalid, std::move(message));
}

base::Result<std::string> make_text(const Endpoint& endpoint, const HttpRequest& request) {
  if (!is_token(request.method)) return unsendable("malformed HTTP method");
  if (!is_target(request.target) || (!endpoint.path_prefix.empty() && !is_target(endpoint.path_prefix))) {
    return unsendable("malformed request target");
  }
  if (frames_the_message(request.headers))
    return unsendable("a header that frames the message is not the caller's");
  std::string text;
  text.reserve(512 + request.target.size() + request.body.size());
  text.append(request.method)
      .append(" ")
      .append(endpoint.path_prefix)
      .append(request.target)
      .append(" HTTP/1.1\r\n");
  if (find_header(request.headers, "Host").empty()) append_header(text, "Host", host_header(endpoint));
  for (const Header& header : request.headers) {
    // The value is never part of the message: it may be a token.
    if (!is_token(header.name) || !is_header_value(header.value))
      return unsendable("malformed header " + header.name);
    append_header(text, header.name, header.value);
  }
  if (has_body(request)) append_header(text, "Content-Length", std::to_string(request.body.size()));
  text.append("\r\n").append(request.body);
  return text;
}

}  // namespace

std::string host_header(const Endpoint& endpoint) {
  const bool ipv6 = endpoint.host.find(':') != std::string::npos;
  std::string host = ipv6 ? "[" + endpoint.host + "]" : endpoint.host;
  if (endpoint.port != (endpoint.tls ? 443 : 80)) host += ":" + std::to_string(endpoint.port);
  return host;
}

base::Result<std::string> make_request_text(const Endpoint& endpoint, const HttpRequest& request) {
  if (!find_header(request.headers, "Upgrade").empty())
    return unsendable("a header that frames the message is not the caller's");
  return make_text(endpoint, request);
}

base::Result<std::string> make_upgrade_text(const Endpoint& endpoint, const HttpRequest& request) {
  return make_text(endpoint, request);
}

bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "PUT" || method == "DELETE" || method == "HEAD";
}

}  // namespace net
