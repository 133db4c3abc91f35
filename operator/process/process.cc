#include "operator/process/process.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/clock.h"
#include "base/digest.h"

namespace op {
namespace {

constexpr std::size_t kThreadStackBytes = 1u << 20;
constexpr std::size_t kUsualDescriptors = 1024;
/// More than we ever need. A hard limit of a billion is not taken whole: some libraries make tables as long.
constexpr rlim_t kMostDescriptors = 65536;

/// "" where neither names one.
std::string kubeconfig_path(const Options& options) {
  if (!options.kubeconfig.empty()) return options.kubeconfig;
  const char* path = std::getenv("KUBECONFIG");
  return path ? path : "";
}

}  // namespace

base::Result<kube::ClientConfig> cluster_config(const Options& options) {
  const std::string path = kubeconfig_path(options);
  return path.empty() ? kube::in_cluster_config() : kube::load_kubeconfig(path);
}

bool is_in_cluster(const Options& options) { return kubeconfig_path(options).empty(); }

std::string process_identity() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const auto started = base::system_clock().now().time_since_epoch().count();
  return std::string(host) + "_" +
         base::short_digest(std::to_string(started) + "/" + std::to_string(::getpid()), 8);
}

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return kUsualDescriptors;
  const rlim_t wanted = std::min(limit.rlim_max, kMostDescriptors);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{.rlim_cur = wanted, .rlim_max = limit.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return static_cast<std::size_t>(std::min(limit.rlim_cur, kMostDescriptors));
}

void limit_thread_stacks() {
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, kThreadStackBytes);
  pthread_setattr_default_np(&attributes);
  pthread_attr_destroy(&attributes);
}

}  // namespace op
