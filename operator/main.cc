#include "operator/app.h"
#include "operator/options.h"
#include "operator/publish/publish_app.h"

int main(int argc, char** argv) {
  const auto parsed = op::parse_options(argc, argv);
  if (!parsed.run) return parsed.exit_code;
  if (!parsed.options.publish.empty()) return op::PublishApp(parsed.options).run();
  return op::App(parsed.options).run();
}
