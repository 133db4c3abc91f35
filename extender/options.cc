#include "extender/options.h"

#include <CLI/CLI.hpp>

#include "program/identity.h"

namespace extender {
namespace {

constexpr const char* kDescription =
    "neoburst-extender tells kube-scheduler when a GPU pod may go to a burst node.\n\n"
    "It answers `filter` and `preempt` from memory and asks for capacity by creating PodBursts;\n"
    "neoburst-operator obtains it. Configure the scheduler with\n\n"
    "  extenders:\n"
    "  - urlPrefix: http://127.0.0.1:8888\n"
    "    filterVerb: filter\n"
    "    preemptVerb: preempt\n"
    "    nodeCacheCapable: true\n"
    "    ignorable: true\n"
    "    managedResources: [{name: nvidia.com/gpu}]\n";

constexpr const char* kFooter =
    "\nIt serves GET /healthz, /readyz (caches filled) and /metrics on --listen as well.\n"
    "Its account needs, in group neoburst.io: get, list, watch of gpucapacityclaims, gpuoffers, "
    "podbursts and neoburstconfigs, and\n"
    "create, patch of podbursts; to keep burst nodes alive: list, watch of nodes and get, create, update of "
    "leases\n"
    "in kube-node-lease.";

CLI::Validator listen_check() {
  return CLI::Validator(
      [](std::string& text) {
        auto parsed = program::parse_listen_address(text);
        return parsed ? std::string() : parsed.error().message;
      },
      "ADDRESS:PORT");
}

}  // namespace

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions out;
  auto& options = out.options;
  std::string listen = "127.0.0.1:8888";
  std::string metrics_listen;
  CLI::App app(kDescription, std::string(program::kExtender));
  app.footer(kFooter);
  app.add_option("--kubeconfig", options.kubeconfig,
                 "Kubeconfig of the home cluster; without it $KUBECONFIG, or in a pod its service account");
  app.add_option("--context", options.context, "Context of the kubeconfig; without it, its current one");
  app.add_option("--listen", listen,
                 "Where kube-scheduler reaches us; plain HTTP, so keep it on loopback or in the pod")
      ->check(listen_check())
      ->capture_default_str();
  app.add_option("--metrics-listen", metrics_listen,
                 "Serve /metrics, /healthz and /readyz, and only them, here too")
      ->check(listen_check());
  app.add_option("--threads", options.threads, "Threads that answer requests")
      ->check(CLI::Range(std::size_t{1}, std::size_t{64}))
      ->capture_default_str();
  program::add_log_options(app, options.log);
  app.set_version_flag("--version", program::version_line(program::kExtender));
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    out.exit_code = app.exit(error);
    return out;
  }
  options.listen = *program::parse_listen_address(listen);
  if (!metrics_listen.empty()) options.metrics_listen = *program::parse_listen_address(metrics_listen);
  return out;
}

}  // namespace extender
