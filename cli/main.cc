#include "base/log.h"
#include "cli/commands.h"

int main(int argc, char** argv) {
  base::init_logging(base::LogLevel::kWarning, base::LogFormat::kText);
  const cli::CommandLine line = cli::parse_command_line(argc, argv);
  if (const auto* offers = std::get_if<cli::OfferFlags>(&line.command))
    return cli::run_offers(line.global, *offers);
  if (const auto* explain = std::get_if<cli::ExplainFlags>(&line.command)) {
    return cli::run_explain(line.global, *explain);
  }
  if (const auto* cost = std::get_if<cli::CostFlags>(&line.command)) return cli::run_cost(line.global, *cost);
  return line.exit_code;
}
