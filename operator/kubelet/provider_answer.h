#pragma once

#include <string>
#include <utility>

#include "base/status.h"
#include "net/http.h"
#include "net/http_server.h"
#include "operator/kubelet/kubelet_request.h"

namespace op {

/// Names that a provider uses, and those that home knows in their place.
struct TwinNames {
  std::string provider;
  std::string twin;
  std::string pod;
};

inline net::ServerReply plain_reply(int status, std::string text) {
  return {status, "text/plain", std::move(text)};
}

/// Whether the log that is kept of a twin is to be shown in the place of what its provider said: when the
/// twin is gone there; and of one that has `ended` also when the provider cannot be asked, fails, or does not
/// let us in any more. What a provider says about the request itself stands.
bool is_kept_log_due(const base::Result<net::HttpResponse>& provider_said, bool ended);

/// What a kubelet would say in the place of a provider that gave no stream: its words about the twin, said of
/// the pod. A provider that refuses our credentials is a fault of ours to the caller (500), one that cannot
/// be reached or does not answer is 503; both say whose provider it is and what to do.
net::ServerReply answer_without_stream(const TwinNames& names,
                                       const base::Result<net::HttpResponse>& provider_said);

}  // namespace op
