#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/status.h"

namespace op {

/// Where burst nodes serve the kubelet API.
struct KubeletOptions {
  std::string node_ip = "127.0.0.1";  ///< published as the nodes' InternalIP; the ports are opened on it
  std::uint16_t first_port = 0;       ///< 0 = any free port for each node
  std::uint16_t last_port = 0;
  std::size_t descriptors = 1024;  ///< that this process may have open
};

/// Takes "0", "10250" or "30000-30099" apart. Invalid with the mend in the message.
base::Outcome parse_port_range(const std::string& text, KubeletOptions& options);

}  // namespace op
