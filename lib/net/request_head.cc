#include "net/request_head.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <stdexcept>

namespace net {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

}  // namespace

std::size_t head_end(std::string_view bytes, std::size_t searched) {
  static constexpr std::string_view kEnd = "\r\n\r\n";
  const auto blank = bytes.find(kEnd, searched - std::min(searched, kEnd.size() - 1));
  return blank == std::string_view::npos ? blank : blank + kEnd.size();
}

base::Result<RequestHead> parse_request_head(std::string_view head) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(head.size() + 1));
  beast::error_code error;
  try {
    parser.put(boost::asio::buffer(head.data(), head.size()), error);
  } catch (const std::length_error&) {  // Beast keeps no header of more than 64 KiB
    return base::fail(base::Code::kMalformed, "not an HTTP request: a header is too long");
  }
  // A body is not part of the head: its presence or length is no error here.
  if (!parser.is_header_done()) {
    return base::fail(base::Code::kMalformed, "not an HTTP request: " + error.message());
  }
  RequestHead parsed{std::string(parser.get().method_string()), std::string(parser.get().target()), {}};
  for (const auto& field : parser.get()) {
    parsed.headers.push_back({std::string(field.name_string()), std::string(field.value())});
  }
  return parsed;
}

bool has_header_word(const Headers& headers, std::string_view name, std::string_view word) {
  const beast::string_view wanted(word.data(), word.size());
  for (const Header& header : headers) {
    if (!beast::iequals({header.name.data(), header.name.size()}, {name.data(), name.size()})) continue;
    if (http::token_list({header.value.data(), header.value.size()}).exists(wanted)) return true;
  }
  return false;
}

}  // namespace net
