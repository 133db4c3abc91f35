#include "cli/cost/flags.h"

#include "base/time_text.h"

namespace cli {
namespace {

auto invalid_cost_flag(const std::string& what) { return base::fail(base::Code::kInvalid, what); }

base::Result<std::optional<base::Time>> read_moment(const std::string& flag, const std::string& text,
                                                    base::Time now) {
  if (text.empty()) return std::optional<base::Time>();
  if (const auto ago = base::parse_duration(text)) return std::optional<base::Time>(now - *ago);
  constexpr std::size_t kDateLength = 10;  // 2026-11-01
  const auto moment = base::parse_time(text.size() == kDateLength ? text + "T00:00:00Z" : text);
  if (moment) return std::optional<base::Time>(*moment);
  return invalid_cost_flag(
      flag + ": \"" + text +
      "\" is not a time; write how long ago (7d, 36h), a date (2026-11-01) or a time in full "
      "(2026-11-01T08:00:00Z)");
}

}  // namespace

base::Result<CostPeriod> check_cost_flags(const CostFlags& flags, base::Time now) {
  auto since = read_moment("--since", flags.since, now);
  if (!since) return base::fail(std::move(since.error()));
  auto until = read_moment("--until", flags.until, now);
  if (!until) return base::fail(std::move(until.error()));
  const CostPeriod period{*since, *until};
  if (period.since && period.until && *period.since >= *period.until) {
    return invalid_cost_flag("--since is not before --until: nothing lies between them");
  }
  const bool per_attempt = flags.format == CostFormat::kCsv || flags.format == CostFormat::kFocus;
  if (flags.by && per_attempt) {
    return invalid_cost_flag(
        "--by: the formats csv and focus have one line per attempt; group with table or json");
  }
  return period;
}

}  // namespace cli
