#include "operator/options.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <utility>

#include "base/time_text.h"
#include "program/identity.h"

namespace op {
namespace {

/// CLI11 validator for Go durations; keeps the value where it belongs.
CLI::Validator duration_into(std::chrono::milliseconds& out) {
  return CLI::Validator(
      [&out](std::string& text) -> std::string {
        const auto parsed = base::parse_duration(text);
        if (!parsed) return parsed.error().message;
        out = *parsed;
        return {};
      },
      "DURATION");
}

/// Where the kubelet API of burst nodes is served, what with, and what it keeps.
void add_kubelet_options(CLI::App& app, Options& o, std::string& ports) {
  app.add_option("--node-ip", o.kubelet.node_ip,
                 "The address of this pod, where API servers reach the kubelet API of burst nodes; $POD_IP "
                 "unless given")
      ->capture_default_str()
      ->check(CLI::Validator(
          [](std::string& text) -> std::string {
            const auto outcome = check_node_ip(text);
            return outcome ? std::string() : outcome.error().message;
          },
          "ADDRESS"));
  app.add_option("--kubelet-ports", ports,
                 "FIRST-LAST: the ports for it, one each burst node; 0 takes any that are free")
      ->capture_default_str()
      ->check(CLI::Validator(
          [&o](std::string& text) -> std::string {
            const auto outcome = parse_port_range(text, o.kubelet);
            return outcome ? std::string() : outcome.error().message;
          },
          "FIRST-LAST"));
  app.add_option("--serving-signer", o.serving.signer,
                 "Who signs the serving certificates of burst nodes (signerName)")
      ->capture_default_str();
  app.add_option(
         "--serving-secret",
         "NAMESPACE/NAME of a Secret with tls.crt and tls.key that burst nodes serve with, in the place "
         "of certificates of their own")
      ->check(CLI::Validator(
          [&o](std::string& text) -> std::string {
            auto key = parse_serving_secret(text);
            if (key) o.serving.secret = *key;
            return key ? std::string() : key.error().message;
          },
          "NAMESPACE/NAME"));
  app.add_option("--log-directory", o.log_directory,
                 "Where the last 256 KiB of the logs of ended bursts are kept; empty keeps none")
      ->capture_default_str();
  app.add_option("--log-space", o.log_space_mib,
                 "MiB for all of them; then the oldest make room for new ones")
      ->capture_default_str()
      ->check(CLI::Range(1, 1 << 20));
}

}  // namespace

ParsedOptions parse_options(int argc, const char* const* argv) {
  ParsedOptions parsed;
  Options& o = parsed.options;
  CLI::App app("neoburst-operator: obtains GPUs at providers for pods that found none at home",
               std::string(program::kOperator));
  std::string listen = "127.0.0.1:9090";
  std::string retention = "24h";
  std::string probe = "30s";
  std::string bind_deadline = "60s";
  std::string sweep = "10s";
  std::string ports = "0";
  if (const char* ip = std::getenv("POD_IP"); ip != nullptr && *ip != '\0') o.kubelet.node_ip = ip;
  app.add_option(
      "--kubeconfig", o.kubeconfig,
      "The cluster to work in; without it $KUBECONFIG, without that the service account of this pod");
  app.add_option("--namespace", o.ns, "Namespace of the leader lease")->capture_default_str();
  app.add_option("--leader-elect", o.leader_elect, "false only where a single replica ever runs")
      ->capture_default_str();
  app.add_option("--metrics-listen", listen, "ADDRESS:PORT of /healthz, /readyz and /metrics")
      ->capture_default_str()
      ->check(CLI::Validator(
          [&o](std::string& text) -> std::string {
            auto where = program::parse_listen_address(text);
            if (where) o.metrics = std::move(*where);
            return where ? std::string() : where.error().message;
          },
          "ADDRESS:PORT"));
  app.add_option("--profiles", o.profiles,
                 "Folder of provider profiles (NAME.yaml) in the place of built-in ones or beside them");
  app.add_option(
      "--publish", o.publish,
      "At a provider: publish what is free in this cluster as GPUOffers, at the prices of this sheet "
      "(docs/publishing.md); nothing else is done");
  app.add_flag("--stop-spending", o.stop_spending,
               "Obtain nothing new; what runs goes on. Without a restart: spec.stopSpending of "
               "NeoburstConfig cluster");
  app.add_option("--burst-retention", retention,
                 "How long records of ended bursts are kept once the ledger has them")
      ->capture_default_str()
      ->check(duration_into(o.burst_retention));
  app.add_option("--provider-probe-interval", probe, "How often a healthy provider is asked how it is")
      ->capture_default_str()
      ->check(duration_into(o.probe_interval));
  app.add_option("--bind-deadline", bind_deadline,
                 "How long placed GPUs are held for a pod that the scheduler has not bound yet")
      ->capture_default_str()
      ->check(duration_into(o.bursts.bind_deadline));
  app.add_option("--sweep-interval", sweep, "How often providers are searched for orphans")
      ->capture_default_str()
      ->check(duration_into(o.bursts.sweep_interval));
  add_kubelet_options(app, o, ports);
  app.add_option("--workers", o.workers, "Worker threads of the busy controllers")
      ->capture_default_str()
      ->check(CLI::Range(1, 64));
  program::add_log_options(app, o.log);
  app.set_version_flag("--version", program::version_line(program::kOperator));
  try {
    app.parse(argc, argv);
    parsed.run = true;
  } catch (const CLI::ParseError& error) {
    parsed.exit_code = app.exit(error);
  }
  return parsed;
}

}  // namespace op
