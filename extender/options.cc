#include "extender/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

namespace extender {
namespace {

const std::map<std::string, base::LogLevel> kLevels{{"debug", base::LogLevel::kDebug},
                                                    {"info", base::LogLevel::kInfo},
                                                    {"warning", base::LogLevel::kWarning},
                                                    {"error", base::LogLevel::kError}};
const std::map<std::string, base::LogFormat> kFormats{{"text", base::LogFormat::kText},
                                                      {"json", base::LogFormat::kJson}};

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
        auto parsed = parse_listen(text);
        return parsed ? std::string() : parsed.error().message;
      },
      "ADDRESS:PORT");
}

}  // namespace

base::Result<ListenAddress> parse_listen(const std::string& text) {
  auto bad = [&] {
    return base::fail(base::Code::kInvalid,
                      "\"" + text + "\" is not ADDRESS:PORT, e.g. 127.0.0.1:8888 or [::1]:8888");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return bad();
  ListenAddress out{.address = text.substr(0, colon)};
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, out.port);
  if (error != std::errc{} || rest != end) return bad();
  if (out.address.empty()) {
    out.address = "0.0.0.0";
  } else if (out.address.front() == '[' && out.address.back() == ']') {
    out.address = out.address.substr(1, out.address.size() - 2);
  } else if (out.address.find(':') != std::string::npos) {
    return bad();
  }
  return out;
}

ParsedOptions parse_options(int argc, char** argv) {
  ParsedOptions out;
  auto& options = out.options;
  std::string listen = "127.0.0.1:8888";
  std::string metrics_listen;
  CLI::App app(kDescription, "neoburst-extender");
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
  app.add_option("--log-level", options.log_level, "Least severity that is logged")
      ->transform(CLI::CheckedTransformer(kLevels))
      ->default_str("info");
  app.add_option("--log-format", options.log_format, "text, or json with one object a line")
      ->transform(CLI::CheckedTransformer(kFormats))
      ->default_str("text");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    out.exit_code = app.exit(error);
    return out;
  }
  options.listen = *parse_listen(listen);
  if (!metrics_listen.empty()) options.metrics_listen = *parse_listen(metrics_listen);
  return out;
}

}  // namespace extender
