#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "operator/bursts/burst_options.h"
#include "operator/certificates/serving_options.h"
#include "operator/kubelet/kubelet_options.h"
#include "program/listen_address.h"
#include "program/log_options.h"

namespace op {

/// The command line as values.
struct Options {
  std::string kubeconfig;  ///< "" = $KUBECONFIG, else the pod's service account
  std::string ns = "neoburst-system";
  bool leader_elect = true;
  bool stop_spending = false;
  std::string profiles;  ///< folder of provider profiles beside the built-in ones, "" = none
  std::string publish;   ///< price sheet of a provider: publish its offers in this cluster; "" = burst
  program::ListenAddress metrics{"127.0.0.1", 9090};
  std::chrono::milliseconds burst_retention = std::chrono::hours(24);
  std::chrono::milliseconds probe_interval = std::chrono::seconds(30);
  std::size_t workers = 4;
  BurstOptions bursts;
  KubeletOptions kubelet;
  ServingOptions serving;
  std::string log_directory = "/var/lib/neoburst/logs";  ///< "" keeps no logs of ended twins
  std::uint64_t log_space_mib = 1024;                    ///< for all of them
  program::LogOptions log;
};

/// The next step after the command line was read: run, or exit at once with `exit_code` (help, version, a
/// mistake that was reported on standard error).
struct ParsedOptions {
  Options options;
  bool run = false;
  int exit_code = 0;
};
ParsedOptions parse_options(int argc, const char* const* argv);

}  // namespace op
