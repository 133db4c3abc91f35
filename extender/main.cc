#include "extender/app.h"
#include "extender/options.h"

int main(int argc, char** argv) {
  const auto parsed = extender::parse_options(argc, argv);
  return parsed.exit_code ? *parsed.exit_code : extender::run(parsed.options);
}
