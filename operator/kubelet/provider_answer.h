#pragma once

#include <string>
#include <utility>

#include "base/status.h"
#include "net/http.h"
#include "net/http_server.h"
#include "operator/kubelet/kubelet_request.h"

namespace op {

/// Names that a provider uses, and the names at home that replace them.
struct TwinNames {
  std::string provider;
  std::string twin;
  std::string pod;
};

inline net::ServerReply plain_reply(int status, std::string text) {
  return {status, "text/plain", std::move(text)};
}

/// Whether to show the kept log of a twin instead of the provider's answer: when the
/// twin is gone there; and for a twin that has `ended` also when the provider cannot be asked, fails, or does
/// not let us in any more. A provider's answer about the request itself stands.
bool is_kept_log_due(const base::Result<net::HttpResponse>& provider_said, bool ended);

/// A kubelet's answer in place of a provider that gave no stream: its words about the twin, said of
/// the pod. To the caller, a provider that refuses our credentials is a fault of ours (500); one that cannot
/// be reached or does not answer is 503. Both name the provider and say what to do.
net::ServerReply answer_without_stream(const TwinNames& names,
                                       const base::Result<net::HttpResponse>& provider_said);

}  // namespace op
