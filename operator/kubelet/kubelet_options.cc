#include "operator/kubelet/kubelet_options.h"

#include <charconv>

namespace op {
namespace {

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

base::Outcome parse_port_range(const std::string& text, KubeletOptions& options) {
  const auto dash = text.find('-');
  std::uint16_t first = 0;
  std::uint16_t last = 0;
  const bool is_first = read_port(std::string_view(text).substr(0, dash), first);
  const bool is_last = dash == std::string::npos || read_port(std::string_view(text).substr(dash + 1), last);
  if (dash == std::string::npos) last = first;
  if (!is_first || !is_last || last < first || (first == 0 && last != 0)) {
    return base::fail(
        base::Code::kInvalid,
        "\"" + text + "\" is no range of ports, for example 30000-30099, or 0 for any free ones");
  }
  options.first_port = first;
  options.last_port = last;
  return {};
}

}  // namespace op
