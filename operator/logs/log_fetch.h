#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "base/status.h"
#include "kube/client/client.h"

namespace op {

/// A container of a pod at a provider.
struct RemoteContainer {
  std::string ns;
  std::string pod;
  std::string container;
};

/// The last bytes of a container's log, each line with its time; at most `bytes`, however much the provider
/// sends. Long lines come in one request, short ones in two or three. When a later one fails, the result of
/// the one before is the answer. NotFound when the pod does not exist, Invalid when the container has no log
/// (it never started), Deadline when the log is not complete after `patience`; else fails like the request.
base::Result<std::string> fetch_log_tail(kube::Client& provider, const RemoteContainer& which,
                                         std::size_t bytes, std::chrono::milliseconds patience,
                                         std::stop_token stop);

}  // namespace op
