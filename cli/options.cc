#include "cli/options.h"

#include <CLI/CLI.hpp>
#include <map>

#include "program/identity.h"

namespace cli {
namespace {

constexpr const char* kAppFooter =
    "\nExamples:\n"
    "  kubectl neoburst offers --gpu H100 --min-free 8 --country IT,FR\n"
    "  kubectl neoburst explain pod/train-0\n"
    "  kubectl neoburst cost --since 7d --by provider\n\n"
    "Every command has --help. Exit codes: 0 done, 1 it failed, 2 the arguments are wrong.";

constexpr const char* kOffersFooter =
    "\nExamples:\n"
    "  kubectl neoburst offers --gpu H100 --min-free 8 --country IT,FR --near Milan --max-price 3.00 --sort "
    "price\n"
    "  kubectl neoburst offers --jurisdiction EU --exclude-jurisdiction US -o wide\n"
    "  kubectl neoburst offers --near 60.17,24.94 --max-distance 1500 --sort distance -o csv\n\n"
    "A rule fails where the fact it asks for is unknown, as in a claim.";

constexpr const char* kExplainFooter =
    "\nExamples:\n"
    "  kubectl neoburst explain pod/train-0\n"
    "  kubectl neoburst explain train-0 -n research -o json\n"
    "  kubectl neoburst explain claim/research\n\n"
    "It only reads objects, so it works while Neoburst is down.";

constexpr const char* kCostFooter =
    "\nExamples:\n"
    "  kubectl neoburst cost\n"
    "  kubectl neoburst cost -A --since 2026-11-01 --until 2026-12-01 --by provider\n"
    "  kubectl neoburst cost -A --since 30d --format focus > focus.csv\n\n"
    "An attempt belongs to the moment it ended; one that runs, to now. Currencies are never added up.";

/// An option that takes one of a few words, each for a value.
template <typename T>
void add_choice(CLI::App& command, const std::string& flags, T& target,
                const std::map<std::string, T>& choices, const std::string& usual, const std::string& help) {
  std::string names;
  for (const auto& [name, value] : choices) names += (names.empty() ? "" : ", ") + name;
  const auto read = [&target, choices, names](std::string& text) -> std::string {
    const auto found = choices.find(text);
    if (found == choices.end()) return "\"" + text + "\" is not one of " + names;
    target = found->second;
    return {};
  };
  command
      .add_option_function<std::string>(
          flags, [](const std::string&) {}, help + ": " + names)
      ->check(CLI::Validator(read, ""))
      ->type_name("WORD")
      ->default_str(usual);
}

void add_list(CLI::App& command, const std::string& flag, std::vector<std::string>& target,
              const std::string& type, const std::string& help) {
  command.add_option(flag, target, help)->delimiter(',')->type_name(type)->allow_extra_args(false);
}

void add_globals(CLI::App& app, GlobalFlags& global) {
  app.add_option("--kubeconfig", global.kubeconfig,
                 "Kubeconfig of the home cluster; else $KUBECONFIG, else ~/.kube/config")
      ->type_name("FILE");
  app.add_option("--context", global.context, "Context of the kubeconfig; else its current one")
      ->type_name("NAME");
  app.add_option("-n,--namespace", global.ns, "Namespace; else that of the context")->type_name("NAME");
}

void add_offers(CLI::App& app, OfferFlags& flags) {
  CLI::App& command = *app.add_subcommand(
      "offers", "Which GPUs are on the market: who, where, under whose law, at what price");
  command.footer(kOffersFooter);
  add_list(command, "--gpu", flags.gpus, "MODEL,...", "GPU models, such as H100,H200");
  command.add_option("--min-free", flags.min_free, "GPUs free now: on one node up to 8, in all beyond")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1'000'000}))
      ->type_name("N");
  command.add_option("--min-memory", flags.min_memory_gib, "Memory of one GPU, in GiB")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{4096}))
      ->type_name("GIB");
  add_list(command, "--country", flags.countries, "CODE,...",
           "Countries of the data centre (ISO 3166), or the groups EU and EEA");
  add_list(command, "--jurisdiction", flags.jurisdictions, "CODE,...",
           "Countries whose law the operator is under");
  add_list(command, "--exclude-jurisdiction", flags.exclude_jurisdictions, "CODE,...",
           "Laws that must reach neither the operator nor the data centre");
  add_list(command, "--certification", flags.certifications, "NAME,...",
           "Certifications the provider declares; all are needed");
  add_list(command, "--capacity-type", flags.capacity_types, "TYPE,...",
           "OnDemand, Spot, Reserved; else all");
  add_list(command, "--provider", flags.providers, "NAME,...", "Only these providers");
  command.add_option("--near", flags.near, "A city, or coordinates; adds the distance in km")
      ->type_name("CITY|LAT,LONG");
  command.add_option("--max-distance", flags.max_distance_km, "At most so far from --near")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{20'100}))
      ->type_name("KM");
  command.add_option("--max-price", flags.max_price, "At most this for one GPU and hour, such as 3.00")
      ->type_name("AMOUNT");
  command.add_option("--currency", flags.currency, "Only prices in this currency; with --max-price else USD")
      ->type_name("CODE");
  command.add_flag("--all", flags.all, "Also offers that cannot be used now");
  add_choice<OfferSort>(command, "--sort", flags.sort,
                        {{"price", OfferSort::kPrice},
                         {"free", OfferSort::kFree},
                         {"distance", OfferSort::kDistance},
                         {"name", OfferSort::kName}},
                        "price", "Order");
  add_choice<OfferFormat>(command, "-o,--output", flags.format,
                          {{"table", OfferFormat::kTable},
                           {"wide", OfferFormat::kWide},
                           {"json", OfferFormat::kJson},
                           {"csv", OfferFormat::kCsv}},
                          "table", "Form");
}

void add_explain(CLI::App& app, ExplainFlags& flags) {
  CLI::App& command =
      *app.add_subcommand("explain", "Why a pod runs where it runs, or what stops it and how to mend it");
  command.footer(kExplainFooter);
  command.add_option("target", flags.first, "pod/NAME (or NAME), or claim/NAME")
      ->required()
      ->type_name("KIND/NAME");
  command.add_option("name", flags.second, "NAME, after a kind")->type_name("NAME");
  add_choice<bool>(command, "-o,--output", flags.json, {{"text", false}, {"json", true}}, "text", "Form");
}

void add_cost(CLI::App& app, CostFlags& flags) {
  CLI::App& command = *app.add_subcommand("cost", "What bursting has cost, and costs now");
  command.footer(kCostFooter);
  command.add_option("--since", flags.since, "From then on: 7d, 2026-11-01 or a time in full")
      ->type_name("WHEN");
  command.add_option("--until", flags.until, "Before then")->type_name("WHEN");
  command.add_flag("-A,--all-namespaces", flags.all_namespaces, "Of all namespaces");
  add_choice<std::optional<CostGroup>>(command, "--by", flags.by,
                                       {{"claim", CostGroup::kClaim},
                                        {"provider", CostGroup::kProvider},
                                        {"namespace", CostGroup::kNamespace},
                                        {"country", CostGroup::kCountry}},
                                       "claim", "Group by");
  add_choice<CostFormat>(command, "--format", flags.format,
                         {{"table", CostFormat::kTable},
                          {"csv", CostFormat::kCsv},
                          {"focus", CostFormat::kFocus},
                          {"json", CostFormat::kJson}},
                         "table", "Form");
}

}  // namespace

CommandLine parse_command_line(int argc, const char* const* argv) {
  CommandLine line;
  OfferFlags offers;
  ExplainFlags explain;
  CostFlags cost;
  CLI::App app("Neoburst: GPUs of neoclouds for the pods of this cluster", "kubectl neoburst");
  app.footer(kAppFooter);
  app.set_version_flag("--version", program::version_line(program::kPlugin));
  app.require_subcommand(1);
  app.fallthrough();
  add_globals(app, line.global);
  add_offers(app, offers);
  add_explain(app, explain);
  add_cost(app, cost);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    line.exit_code = app.exit(error) == 0 ? kExitOk : kExitUsage;
    return line;
  }
  if (app.got_subcommand("offers")) line.command = std::move(offers);
  if (app.got_subcommand("explain")) line.command = std::move(explain);
  if (app.got_subcommand("cost")) line.command = std::move(cost);
  return line;
}

}  // namespace cli
