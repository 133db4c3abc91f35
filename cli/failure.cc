#include "cli/failure.h"

namespace cli {
namespace {

std::string qualified(const kube::Resource& resource) {
  return std::string(resource.plural) + (resource.group.empty() ? "" : "." + std::string(resource.group));
}

std::string scope_of(const FailedRequest& request) {
  if (!request.resource->namespaced) return " in the whole cluster";
  return request.ns.empty() ? " in all namespaces" : " in namespace " + request.ns;
}

std::string with_context(const FailedRequest& request) {
  return request.context.empty() ? "" : " (context " + request.context + ")";
}

}  // namespace

bool is_unknown_kind(const FailedRequest& request, const base::Status& status) {
  return request.name.empty() && status.is(base::Code::kNotFound);
}

std::string explain_failure(const FailedRequest& request, const base::Status& status) {
  const std::string cluster = request.server + with_context(request);
  if (is_unknown_kind(request, status)) {
    return "the cluster at " + cluster + " does not know " + qualified(*request.resource) +
           ": Neoburst is not installed there, or an older one; install its resources with: kubectl apply "
           "--server-side -f crds/";
  }
  switch (status.code) {
    case base::Code::kNotFound:
      return std::string(request.resource->plural) + " \"" + request.name + "\" not found" +
             scope_of(request);
    case base::Code::kForbidden:
      return "you may not " + request.verb + " " + qualified(*request.resource) + scope_of(request) +
             "; ask your administrator for that right (verb " + request.verb + ", resource " +
             qualified(*request.resource) + ")";
    case base::Code::kUnauthenticated:
      return "the cluster at " + cluster +
             " does not accept your credentials (expired?); renew them and try again";
    case base::Code::kUnavailable:
    case base::Code::kDeadline:
      return "no answer from the cluster at " + cluster + ": " + status.message +
             "; check the server of your kubeconfig and the network in between";
    default:
      return "cannot " + request.verb + " " + qualified(*request.resource) + scope_of(request) + ": " +
             status.text();
  }
}

}  // namespace cli
