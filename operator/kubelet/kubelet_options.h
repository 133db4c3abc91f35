#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace op {

/// Where burst nodes serve the kubelet API.
struct KubeletOptions {
  /// Published as the nodes' InternalIP; the ports are opened on it. "" = nowhere.
  std::string node_ip = "127.0.0.1";
  std::uint16_t first_port = 0;  ///< 0 = any free port for each node
  std::uint16_t last_port = 0;
  std::size_t descriptors = 1024;  ///< that this process may have open
};

/// Invalid when `text` is no IPv4 or IPv6 address.
base::Outcome check_node_ip(const std::string& text);
/// For an operator that runs as a pod: an address that is only this machine's own is not published. API
/// servers would dial it on their own machine, and show their client certificate for kubelets to whatever
/// answers there.
void leave_out_loopback(KubeletOptions& options);

/// Takes "0", "10250" or "30000-30099" apart. Invalid with the fix in the message.
base::Outcome parse_port_range(const std::string& text, KubeletOptions& options);

}  // namespace op
