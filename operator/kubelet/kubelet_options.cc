#include "operator/kubelet/kubelet_options.h"

#include <arpa/inet.h>

#include <charconv>

#include "base/log.h"

namespace op {
namespace {

bool read_port(std::string_view text, std::uint16_t& port) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size();
}

bool is_loopback(const std::string& address) {
  in6_addr v6{};
  if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) return IN6_IS_ADDR_LOOPBACK(&v6);
  return address.starts_with("127.");
}

}  // namespace

base::Outcome check_node_ip(const std::string& text) {
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1 || inet_pton(AF_INET6, text.c_str(), &v6) == 1) return {};
  return base::fail(base::Code::kInvalid, "\"" + text + "\" is no IP address, for example 10.0.0.7");
}

void leave_out_loopback(KubeletOptions& options) {
  if (!is_loopback(options.node_ip)) return;
  base::log_warning(
      "burst nodes publish no kubelet API: kubectl logs, exec and top do not work on them. Set POD_IP from "
      "status.podIP, or --node-ip",
      {{"address", options.node_ip}});
  options.node_ip.clear();
}

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
