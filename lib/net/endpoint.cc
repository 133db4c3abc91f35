#include <charconv>

#include "net/http_client.h"

namespace net {
namespace {

std::unexpected<base::Status> not_a_server_url(std::string_view why) {
  return base::fail(base::Code::kInvalid, "not a server URL: " + std::string(why));
}

bool take_scheme(std::string_view& url, std::string_view scheme) {
  if (url.size() < scheme.size()) return false;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = url[i];
    if ((c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c) != scheme[i]) return false;
  }
  url.remove_prefix(scheme.size());
  return true;
}

bool has_only_url_characters(std::string_view url) {
  for (const char c : url) {
    if (c <= ' ' || c > '~' || c == '"' || c == '<' || c == '>' || c == '\\') return false;
  }
  return true;
}

/// Splits "host", "host:8080" and "[::1]:8080"; false when the port part is no port.
bool split_host(std::string_view authority, Endpoint& out) {
  std::string_view port;
  bool has_port = false;
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    if (close == std::string_view::npos) return false;
    out.host = authority.substr(1, close - 1);
    authority.remove_prefix(close + 1);
    if (!authority.empty() && !authority.starts_with(':')) return false;
    has_port = !authority.empty();
    port = has_port ? authority.substr(1) : std::string_view();
    if (out.host.find(':') == std::string::npos) return false;
  } else {
    const auto colon = authority.find(':');
    has_port = colon != std::string_view::npos;
    out.host = authority.substr(0, colon);
    if (has_port) port = authority.substr(colon + 1);
    if (out.host.find_first_of("[]") != std::string::npos) return false;
  }
  if (!has_port) return true;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  return error == std::errc() && end == port.data() + port.size() && out.port != 0;
}

}  // namespace

base::Result<Endpoint> parse_endpoint(std::string_view url) {
  if (!has_only_url_characters(url))
    return not_a_server_url("it contains blanks or other forbidden characters");
  Endpoint endpoint;
  if (take_scheme(url, "http://")) {
    endpoint.tls = false;
    endpoint.port = 80;
  } else if (!take_scheme(url, "https://")) {
    return not_a_server_url("it must begin with https:// or http://");
  }
  if (url.find_first_of("?#") != std::string_view::npos)
    return not_a_server_url("a query or fragment makes no sense");
  const auto slash = url.find('/');
  const std::string_view authority = url.substr(0, slash);
  // Never echoed: the part before the @ is a password.
  if (authority.find('@') != std::string_view::npos) return not_a_server_url("it must not carry a user name");
  if (!split_host(authority, endpoint)) return not_a_server_url("host or port is malformed");
  if (endpoint.host.empty()) return not_a_server_url("the host is missing");
  if (slash != std::string_view::npos) endpoint.path_prefix = url.substr(slash);
  while (endpoint.path_prefix.ends_with('/')) endpoint.path_prefix.pop_back();
  return endpoint;
}

}  // namespace net
