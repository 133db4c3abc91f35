#include "program/identity.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"

namespace program {

std::string_view version() { return NEOBURST_VERSION; }

std::string version_line(std::string_view program) {
  return std::string(program).append(" ").append(version());
}

std::string user_agent(std::string_view program) {
  return std::string(program).append("/").append(version());
}

std::string process_identity() {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) host[0] = '\0';
  const auto started = base::system_clock().now().time_since_epoch().count();
  return std::string(host) + "_" +
         base::short_digest(std::to_string(started) + "/" + std::to_string(::getpid()), 8);
}

}  // namespace program
