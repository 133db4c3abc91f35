#include "program/listen_address.h"

#include <charconv>
#include <string_view>

namespace program {
namespace {

auto refused(const std::string& text, const std::string& why) {
  return base::fail(base::Code::kInvalid, "\"" + text + "\" " + why);
}

bool is_bracketed(std::string_view host) {
  return host.size() > 2 && host.front() == '[' && host.back() == ']';
}

}  // namespace

base::Result<ListenAddress> parse_listen_address(const std::string& text) {
  const char* const form = "is not ADDRESS:PORT, for example 127.0.0.1:9090, [::1]:9090 or :9090";
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return refused(text, form);
  ListenAddress out;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc() || stopped != end) return refused(text, form);
  const std::string host = text.substr(0, colon);
  if (host.empty()) {
    out.address = "0.0.0.0";
  } else if (is_bracketed(host)) {
    out.address = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return refused(text, "can be read in two ways; put an IPv6 address in brackets, such as [::1]:9090");
  } else if (host.find_first_of("[]") != std::string::npos) {
    return refused(text, form);
  } else {
    out.address = host;
  }
  return out;
}

}  // namespace program
