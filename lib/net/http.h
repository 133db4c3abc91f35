#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace net {

struct Header {
  std::string name;
  std::string value;
};
using Headers = std::vector<Header>;

/// The value of the first header called `name` (case-insensitive), or an empty view.
std::string_view find_header(const Headers& headers, std::string_view name);

/// A request as a value; `target` is path and query, percent-encoded.
struct HttpRequest {
  std::string method = "GET";
  std::string target = "/";
  Headers headers = {};
  std::string body = {};
  /// The whole exchange: connecting, writing, and reading the reply (for streams: up to the reply's header).
  std::chrono::milliseconds timeout = std::chrono::seconds(30);
};

struct HttpResponse {
  int status = 0;
  Headers headers = {};
  /// Has at least 64 bytes of spare capacity behind it, so that simdjson can parse it in place.
  std::string body = {};
};

/// Percent-encodes everything but RFC 3986 unreserved characters.
std::string encode_query_value(std::string_view value);

}  // namespace net
