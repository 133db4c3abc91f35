#pragma once

#include <cstddef>
#include <string>

#include "kube/client/config.h"
#include "operator/options.h"

/// The first steps of every way to run this program.
namespace op {

/// The cluster that the command line, $KUBECONFIG or else the pod's service account names.
base::Result<kube::ClientConfig> cluster_config(const Options& options);
/// It is the service account: we run as a pod of the cluster we work in.
bool is_in_cluster(const Options& options);

/// Unique per process: a restarted pod has the same host name but must not believe that it still holds its
/// old lease.
std::string process_identity();

/// Raises this process's limit of open descriptors as far as allowed, and returns it. The soft limit is 1024
/// on many machines, and a few hundred streams use that up.
std::size_t raise_descriptor_limit();

/// Gives threads that start from now on 1 MiB of stack each: there are many, and most only wait.
void limit_thread_stacks();

}  // namespace op
