#include <malloc.h>

#include "operator/app.h"
#include "operator/options.h"
#include "operator/publish/publish_app.h"

int main(int argc, char** argv) {
  // One arena per core would keep tens of MB that nobody uses: most threads here only wait.
  mallopt(M_ARENA_MAX, 2);
  const auto parsed = op::parse_options(argc, argv);
  if (!parsed.run) return parsed.exit_code;
  if (!parsed.options.publish.empty()) return op::PublishApp(parsed.options).run();
  return op::App(parsed.options).run();
}
