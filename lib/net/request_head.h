#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/status.h"
#include "net/http.h"

namespace net {

/// Method, target and headers of a request, in the order in which they came.
struct RequestHead {
  std::string method;
  std::string target;
  Headers headers;
};

/// Where the head in `bytes` ends (behind its empty line); npos while it is incomplete. The first `searched`
/// bytes are known to have no end.
std::size_t head_end(std::string_view bytes, std::size_t searched = 0);

/// Parses the whole head of a request, HTTP/1.1 or 1.0. Malformed when it is none.
base::Result<RequestHead> parse_request_head(std::string_view head);

/// Whether one of the comma-separated words of the headers called `name` is `word`; case-insensitive.
bool has_header_word(const Headers& headers, std::string_view name, std::string_view word);

}  // namespace net
