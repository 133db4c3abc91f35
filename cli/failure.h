#pragma once

#include <string>

#include "base/status.h"
#include "kube/core/resource.h"

namespace cli {

/// A request to the API server that failed.
struct FailedRequest {
  std::string verb = {};  ///< "list", "get"
  const kube::Resource* resource = nullptr;
  std::string ns = {};       ///< "" for all namespaces, or a kind that has none
  std::string name = {};     ///< of a single object
  std::string server = {};   ///< "https://host:port"
  std::string context = {};  ///< of the kubeconfig, "" in a pod
};

/// What went wrong and how to fix it, in a sentence for the user who typed the command. Pure.
std::string explain_failure(const FailedRequest& request, const base::Status& status);

/// True when the failure means that the cluster does not know the kind at all: its CRD is not installed.
bool is_unknown_kind(const FailedRequest& request, const base::Status& status);

}  // namespace cli
