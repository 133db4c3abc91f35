#include "program/start.h"

#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>

#include <algorithm>

namespace program {
namespace {

constexpr std::size_t kThreadStackBytes = 1u << 20;
constexpr std::size_t kUsualDescriptors = 1024;
/// More than we ever need. A hard limit of a billion is not used whole: some libraries make tables of that
/// size.
constexpr rlim_t kMostDescriptors = 65536;

}  // namespace

void start_service(const LogOptions& log) {
  mallopt(M_ARENA_MAX, 2);  // an arena per core would keep tens of MB that nobody uses
  base::init_logging(log.level, log.format);
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

}  // namespace program
